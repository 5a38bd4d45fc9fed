package models

import "mauve/models/store"

// Page asks for one page of a list: by number from 1, or from a cursor, which wins.
type Page = store.Page

// List is one page of rows in the list's order, and where the next one starts.
type List[T any] = store.List[T]

// The sizes of a page.
const (
	DefaultPage = store.DefaultPage
	LargestPage = store.LargestPage
	WidestPage  = store.WidestPage // for dialects whose lists have no pages
)

// Cut makes a page of rows that were all read, each of which id names. A cursor after a row that is gone is Invalid.
func Cut[T any](all []T, p Page, id func(T) ID) (*List[T], error) { return store.Cut(all, p, id) }
