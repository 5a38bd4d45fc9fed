package models

import (
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"mauve/models/rights"
)

// Labeling says that a contact or a conversation carries a label; lists filter
// by it. The row labelled repeats its labels in a column, for showing.
type Labeling struct {
	WorkspaceID WorkspaceID
	Kind        string // contact or conversation
	Name        string
	SubjectID   ID
}

// relabel makes the labelings of a row what its labels are now.
func (tx *Tx) relabel(kind string, subject ID, old, fresh Words) error {
	return tx.WithoutEvent("told with the row that is labelled", func(db *gorm.DB) error {
		for _, name := range old {
			if !slices.Contains(fresh, name) {
				if err := db.Where("kind = ? AND name = ? AND subject_id = ?", kind, name, string(subject)).Delete(&Labeling{}).Error; err != nil {
					return err
				}
			}
		}
		var add []Labeling
		for _, name := range fresh {
			if !slices.Contains(old, name) {
				add = append(add, Labeling{Kind: kind, Name: name, SubjectID: subject})
			}
		}
		if len(add) == 0 {
			return nil
		}
		return db.Clauses(clause.OnConflict{DoNothing: true}).Create(&add).Error
	})
}

// Labels returns the labels in use on contacts or conversations, in order; at most 200.
func (s *Scope) Labels(kind string) ([]string, error) {
	if err := s.May(rights.ReadCatalogue); err != nil {
		return nil, err
	}
	var names []string
	return names, s.rows.DB.Model(&Labeling{}).Distinct("name").Where("kind = ?", kind).Order("name").Limit(200).Pluck("name", &names).Error
}
