package api

import (
	"mauve/models"
)

// list is one page of anything.
type list[T any] struct {
	Data []T  `json:"data" nullable:"false"`
	Meta meta `json:"meta"`
}

// meta says which page it is and where the next one starts.
type meta struct {
	Total      int64   `json:"total" doc:"On all pages"`
	Page       *int    `json:"page" doc:"null when asked by cursor"`
	PerPage    int     `json:"perPage"`
	NextCursor *string `json:"nextCursor" doc:"null on the last page"`
}

type listOut[T any] struct {
	Link string `header:"Link" doc:"rel=\"next\" (RFC 8288)"`
	Body list[T]
}

type one[T any] struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Status   int
	Body     T
}

// unkept is one that may hold what no cache may keep: a secret, a signed link.
type unkept[T any] struct {
	ETag         string `header:"ETag"`
	Location     string `header:"Location"`
	CacheControl string `header:"Cache-Control" doc:"no-store where a secret or a signed link is told"`
	Status       int
	Body         T
}

const noStore = "no-store"

type nothing struct{}

// page spells a page of rows; path is where the list lives, for its Link.
func page[M, T any](l *models.List[M], path, query string, spell func(M) T) *listOut[T] {
	out := &listOut[T]{Body: list[T]{Data: make([]T, len(l.Items)), Meta: meta{Total: l.Total, PerPage: l.Size}}}
	for i, row := range l.Items {
		out.Body.Data[i] = spell(row)
	}
	if l.Number > 0 {
		out.Body.Meta.Page = &l.Number
	}
	if l.Next != "" {
		out.Body.Meta.NextCursor = &l.Next
		out.Link = "<" + Prefix + path + "?" + nextQuery(query, l.Next, l.Size) + `>; rel="next"`
	}
	return out
}

// cut spells a page of a list that was read whole; path and query as of page.
func cut[M, T any](all []M, in Paging, id func(M) models.ID, path, query string, spell func(M) T) (*listOut[T], error) {
	l, err := models.Cut(all, in.ask(), id)
	if err != nil {
		return nil, err
	}
	return page(l, path, query, spell), nil
}
