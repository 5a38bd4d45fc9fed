// Command house draws the program's packages: on which floor each stands, how long it is, and which of ours it imports. A
// package stands one floor above the highest that it imports. The test beside it holds what is drawn to a plan.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

const module = "mauve"

// room is a package as `go list` tells it.
type room struct {
	ImportPath, Dir                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports                            []string

	name        string
	lines, test int // of code, and of tests; generated files are not counted
	floor       int
	arrows      []string
}

func main() {
	if err := draw(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func draw(to io.Writer) error {
	rooms, err := list()
	if err != nil {
		return err
	}
	byPath := map[string]*room{}
	for _, r := range rooms {
		byPath[r.ImportPath] = r
	}
	for _, r := range rooms {
		r.floor = floorOf(r, byPath)
	}
	slices.SortFunc(rooms, func(a, b *room) int {
		if a.floor != b.floor {
			return b.floor - a.floor
		}
		return strings.Compare(a.name, b.name)
	})
	table := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "floor\tpackage\tlines\ttests\timports")
	var lines, test, arrows int
	for _, r := range rooms {
		fmt.Fprintf(table, "%d\t%s\t%d\t%d\t%s\n", r.floor, r.name, r.lines, r.test, strings.Join(r.arrows, " "))
		lines, test, arrows = lines+r.lines, test+r.test, arrows+len(r.arrows)
	}
	fmt.Fprintf(table, "\t%d packages\t%d\t%d\t%d arrows, all downwards: Go allows no circle\n", len(rooms), lines, test, arrows)
	return table.Flush()
}

func list() (rooms []*room, err error) {
	var out, said bytes.Buffer
	cmd := exec.Command("go", "list", "-json", module+"/...")
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, said.String())
	}
	for dec := json.NewDecoder(&out); ; {
		r := &room{}
		if err := dec.Decode(r); errors.Is(err, io.EOF) {
			return rooms, nil
		} else if err != nil {
			return nil, err
		}
		if err := r.measure(); err != nil {
			return nil, err
		}
		rooms = append(rooms, r)
	}
}

func (r *room) measure() (err error) {
	r.name = strings.TrimPrefix(strings.TrimPrefix(r.ImportPath, module), "/")
	for _, path := range r.Imports {
		if ours, ok := strings.CutPrefix(path, module+"/"); ok {
			r.arrows = append(r.arrows, ours)
		}
	}
	if r.lines, err = r.count(r.GoFiles); err != nil {
		return err
	}
	r.test, err = r.count(append(slices.Clone(r.TestGoFiles), r.XTestGoFiles...))
	return err
}

func (r *room) count(files []string) (n int, err error) {
	for _, name := range files {
		src, err := os.ReadFile(filepath.Join(r.Dir, name))
		if err != nil {
			return 0, err
		}
		head, _, _ := bytes.Cut(src, []byte("package "))
		if !bytes.Contains(head, []byte("DO NOT EDIT.")) {
			n += bytes.Count(src, []byte("\n"))
		}
	}
	return n, nil
}

func floorOf(r *room, rooms map[string]*room) int {
	floor := 0
	for _, name := range r.arrows {
		floor = max(floor, floorOf(rooms[module+"/"+name], rooms)+1)
	}
	return floor
}
