package api

import (
	"net/url"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/wire"
)

// Categories, tags and attributes: what tickets are sorted by.

// Archived asks a catalogue for what is archived too.
type Archived struct {
	Archived bool `query:"archived" doc:"Those archived too"`
}

func (a Archived) query() url.Values {
	if a.Archived {
		return url.Values{"archived": {"true"}}
	}
	return url.Values{}
}

var yes = true

type categoryOut = one[wire.Category]

func category(c *models.Category, status int) *categoryOut {
	return &categoryOut{ETag: etag(c.Version()), Location: Prefix + "/categories/" + c.ID.With(models.PrefixCategory), Status: status, Body: c.Wire()}
}

func listCategories(s *models.Scope, in *struct {
	Archived
	Paging
}) (*listOut[wire.Category], error) {
	all, err := s.Categories(in.Archived.Archived)
	if err != nil {
		return nil, err
	}
	return cut(all, in.Paging, func(c *models.Category) models.ID { return c.ID }, "/categories", in.query().Encode(), (*models.Category).Wire)
}

func createCategory(s *models.Scope, in *struct {
	Body struct {
		Name     string `json:"name"`
		Position *int   `json:"position,omitempty" minimum:"0" doc:"At the end if left out"`
	}
}) (*categoryOut, error) {
	c, err := s.CreateCategory(models.CategoryChange{Name: &in.Body.Name, Position: in.Body.Position})
	if err != nil {
		return nil, err
	}
	return category(c, 201), nil
}

func showCategory(s *models.Scope, in *ByID) (*categoryOut, error) {
	id, err := idOf(models.PrefixCategory, in.ID, "category")
	if err != nil {
		return nil, err
	}
	c, err := s.Category(id)
	if err != nil {
		return nil, err
	}
	return category(c, 200), nil
}

func updateCategory(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body struct {
		Name     *string `json:"name,omitempty"`
		Position *int    `json:"position,omitempty" minimum:"0"`
		Archived *bool   `json:"archived,omitempty"`
	}
}) (*categoryOut, error) {
	id, err := idOf(models.PrefixCategory, in.ID, "category")
	if err != nil {
		return nil, err
	}
	c, err := s.UpdateCategory(id, models.CategoryChange{Name: in.Body.Name, Position: in.Body.Position, Archived: in.Body.Archived, Version: in.version()})
	if err != nil {
		return nil, err
	}
	return category(c, 200), nil
}

func archiveCategory(s *models.Scope, in *ByID) (*nothing, error) {
	id, err := idOf(models.PrefixCategory, in.ID, "category")
	if err != nil {
		return nil, err
	}
	_, err = s.UpdateCategory(id, models.CategoryChange{Archived: &yes})
	return nil, err
}

type tagOut = one[wire.Tag]

func tagOf(t *models.Tag, status int) *tagOut {
	return &tagOut{ETag: etag(t.Version()), Location: Prefix + "/tags/" + t.ID.With(models.PrefixTag), Status: status, Body: t.Wire()}
}

func listTags(s *models.Scope, in *struct {
	Archived
	Paging
}) (*listOut[wire.Tag], error) {
	all, err := s.Tags(in.Archived.Archived)
	if err != nil {
		return nil, err
	}
	return cut(all, in.Paging, func(t *models.Tag) models.ID { return t.ID }, "/tags", in.query().Encode(), (*models.Tag).Wire)
}

func createTag(s *models.Scope, in *struct {
	Body struct {
		Name string `json:"name"`
	}
}) (*tagOut, error) {
	t, err := s.CreateTag(models.TagChange{Name: &in.Body.Name})
	if err != nil {
		return nil, err
	}
	return tagOf(t, 201), nil
}

func showTag(s *models.Scope, in *ByID) (*tagOut, error) {
	id, err := idOf(models.PrefixTag, in.ID, "tag")
	if err != nil {
		return nil, err
	}
	t, err := s.Tag(id)
	if err != nil {
		return nil, err
	}
	return tagOf(t, 200), nil
}

func updateTag(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body struct {
		Name     *string `json:"name,omitempty"`
		Archived *bool   `json:"archived,omitempty"`
	}
}) (*tagOut, error) {
	id, err := idOf(models.PrefixTag, in.ID, "tag")
	if err != nil {
		return nil, err
	}
	t, err := s.UpdateTag(id, models.TagChange{Name: in.Body.Name, Archived: in.Body.Archived, Version: in.version()})
	if err != nil {
		return nil, err
	}
	return tagOf(t, 200), nil
}

func archiveTag(s *models.Scope, in *ByID) (*nothing, error) {
	id, err := idOf(models.PrefixTag, in.ID, "tag")
	if err != nil {
		return nil, err
	}
	_, err = s.UpdateTag(id, models.TagChange{Archived: &yes})
	return nil, err
}

func mergeTags(s *models.Scope, in *struct {
	ByID
	Body struct {
		From string `json:"from" doc:"The tag that goes away"`
	}
}) (*tagOut, error) {
	id, err := idOf(models.PrefixTag, in.ID, "tag")
	if err != nil {
		return nil, err
	}
	from, ok := models.ParseID(models.PrefixTag, in.Body.From)
	if !ok {
		return nil, problem.InvalidField("from", "there is no such tag")
	}
	t, err := s.MergeTags(id, from)
	if err != nil {
		return nil, err
	}
	return tagOf(t, 200), nil
}
