package store

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// WorkspaceID is the column that says whose a row is. Being the type of that
// column is the fence: GORM asks the type for clauses on every statement over
// such a table, and it answers with `workspace_id = ?` from the statement's
// context, brackets around whatever the caller asked, a stamp on every insert,
// and a refusal where the context names no workspace. Raw SQL passes GORM by;
// Scope.Batch binds the workspace first.
type WorkspaceID string

type workspaceInContext struct{}

// EveryWorkspace is who asks for the rows of all of them.
const EveryWorkspace WorkspaceID = "*"

func inWorkspace(ctx context.Context, id WorkspaceID) context.Context {
	return context.WithValue(ctx, workspaceInContext{}, id)
}

func workspaceOf(ctx context.Context) (WorkspaceID, bool) {
	id, ok := ctx.Value(workspaceInContext{}).(WorkspaceID)
	return id, ok && id != ""
}

// ErrNoWorkspace is the error of such a statement.
var ErrNoWorkspace = errors.New("store: a statement over a workspace's rows without a workspace")

// GormDataType names the column's type to GORM.
func (WorkspaceID) GormDataType() string { return "text" }

// QueryClauses fences SELECTs.
func (WorkspaceID) QueryClauses(f *schema.Field) []clause.Interface {
	return []clause.Interface{fence{field: f}}
}

// UpdateClauses fences UPDATEs and keeps a row in its workspace.
func (WorkspaceID) UpdateClauses(f *schema.Field) []clause.Interface {
	return []clause.Interface{fence{field: f, verb: updating}}
}

// DeleteClauses fences DELETEs.
func (WorkspaceID) DeleteClauses(f *schema.Field) []clause.Interface {
	return []clause.Interface{fence{field: f}}
}

// CreateClauses stamps INSERTs.
func (WorkspaceID) CreateClauses(f *schema.Field) []clause.Interface {
	return []clause.Interface{fence{field: f, verb: creating}}
}

type fenceVerb int

const (
	reading fenceVerb = iota
	updating
	creating
)

type fence struct {
	field *schema.Field
	verb  fenceVerb
}

// Name, Build and MergeClause make fence a clause.Interface; it adds no text of its own.
func (fence) Name() string { return "" }

// Build writes nothing.
func (fence) Build(clause.Builder) {}

// MergeClause merges nothing.
func (fence) MergeClause(*clause.Clause) {}

// ModifyStatement is where the fence stands.
func (f fence) ModifyStatement(stmt *gorm.Statement) {
	workspace, ok := workspaceOf(stmt.Context)
	if !ok {
		_ = stmt.AddError(ErrNoWorkspace)
		return
	}
	if f.verb == creating {
		f.stamp(stmt, workspace)
		return
	}
	if f.verb == updating && f.moves(stmt) {
		_ = stmt.AddError(errors.New("store: a row does not change its workspace"))
		return
	}
	if workspace == EveryWorkspace {
		return
	}
	const done = "mauve:fence"
	if _, again := stmt.Clauses[done]; again {
		return
	}
	// Whatever was asked is bracketed, or an Or would step over the fence.
	if c, ok := stmt.Clauses["WHERE"]; ok {
		if where, ok := c.Expression.(clause.Where); ok && len(where.Exprs) > 0 {
			c.Expression = clause.Where{Exprs: []clause.Expression{clause.And(where.Exprs...)}}
			stmt.Clauses["WHERE"] = c
		}
	}
	stmt.AddClause(clause.Where{Exprs: []clause.Expression{clause.Eq{
		Column: clause.Column{Table: clause.CurrentTable, Name: f.field.DBName}, Value: string(workspace),
	}}})
	stmt.Clauses[done] = clause.Clause{}
}

// stamp writes the workspace over whatever the row says, and refuses an upsert
// that would overwrite a row found by somebody else's key.
func (f fence) stamp(stmt *gorm.Statement, workspace WorkspaceID) {
	if c, ok := stmt.Clauses["ON CONFLICT"]; ok {
		if on, ok := c.Expression.(clause.OnConflict); ok && !on.DoNothing {
			_ = stmt.AddError(errors.New("store: Save and upsert are not for a workspace's rows"))
			return
		}
	}
	if workspace != EveryWorkspace {
		stmt.SetColumn(f.field.Name, workspace, true)
	}
}

func (f fence) moves(stmt *gorm.Statement) bool {
	switch dest := stmt.Dest.(type) {
	case map[string]any:
		_, named := dest[f.field.DBName]
		_, spelled := dest[f.field.Name]
		return named || spelled
	default:
		for _, name := range stmt.Selects {
			if name == "*" || name == f.field.DBName || name == f.field.Name {
				return true
			}
		}
	}
	return false
}
