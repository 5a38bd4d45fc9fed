package api

import (
	"mauve/models"
	"mauve/models/wire"
)

type attributeOut = one[wire.Attribute]

func attribute(a *models.Attribute, status int) *attributeOut {
	return &attributeOut{ETag: etag(a.Version()), Location: Prefix + "/attributes/" + a.ID.With(models.PrefixAttribute), Status: status, Body: a.Wire()}
}

func listAttributes(s *models.Scope, in *struct {
	Archived
	Paging
	Subject string `query:"subject" enum:"contact,ticket" doc:"Only those of contacts, or of tickets"`
}) (*listOut[wire.Attribute], error) {
	all, err := s.Attributes(in.Subject, in.Archived.Archived)
	if err != nil {
		return nil, err
	}
	query := in.query()
	if in.Subject != "" {
		query.Set("subject", in.Subject)
	}
	return cut(all, in.Paging, func(a *models.Attribute) models.ID { return a.ID }, "/attributes", query.Encode(), (*models.Attribute).Wire)
}

func createAttribute(s *models.Scope, in *struct {
	Body struct {
		Subject  string    `json:"subject" enum:"contact,ticket" doc:"What has it"`
		Name     string    `json:"name"`
		Type     string    `json:"type,omitempty" enum:"text,number,date,choice,yes_no,url" default:"text" doc:"A date is written 2026-11-21, yes_no is true or false"`
		Choices  *[]string `json:"choices,omitempty" doc:"Of a choice"`
		Position *int      `json:"position,omitempty" minimum:"0" doc:"At the end if left out"`
	}
}) (*attributeOut, error) {
	b := in.Body
	kind := models.AttributeKind(b.Type)
	a, err := s.CreateAttribute(models.AttributeChange{Subject: &b.Subject, Kind: &kind, Name: &b.Name, Choices: b.Choices, Position: b.Position})
	if err != nil {
		return nil, err
	}
	return attribute(a, 201), nil
}

func showAttribute(s *models.Scope, in *ByID) (*attributeOut, error) {
	id, err := idOf(models.PrefixAttribute, in.ID, "attribute")
	if err != nil {
		return nil, err
	}
	a, err := s.Attribute(id)
	if err != nil {
		return nil, err
	}
	return attribute(a, 200), nil
}

func updateAttribute(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body struct {
		Name     *string   `json:"name,omitempty" doc:"Of a ticket's attribute; contacts keep their values under the name"`
		Choices  *[]string `json:"choices,omitempty"`
		Position *int      `json:"position,omitempty" minimum:"0"`
		Archived *bool     `json:"archived,omitempty"`
	}
}) (*attributeOut, error) {
	id, err := idOf(models.PrefixAttribute, in.ID, "attribute")
	if err != nil {
		return nil, err
	}
	b := in.Body
	a, err := s.UpdateAttribute(id, models.AttributeChange{Name: b.Name, Choices: b.Choices, Position: b.Position, Archived: b.Archived, Version: in.version()})
	if err != nil {
		return nil, err
	}
	return attribute(a, 200), nil
}

func archiveAttribute(s *models.Scope, in *ByID) (*nothing, error) {
	id, err := idOf(models.PrefixAttribute, in.ID, "attribute")
	if err != nil {
		return nil, err
	}
	_, err = s.UpdateAttribute(id, models.AttributeChange{Archived: &yes})
	return nil, err
}
