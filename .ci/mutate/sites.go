package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
)

// site is one place of a file where one thing can be changed.
type site struct {
	pkg, file string // as go test and an overlay take them
	n         int    // which of the file's changes
	pos       string // file:line
	change    string
}

// sitesOf lists what can be changed in a package: in its files for this system and tags,
// without tests and generated code.
func sitesOf(pkg, tags string) (sites []site, err error) {
	cmd := exec.Command("go", "list", "-tags", tags, "-json=Dir,GoFiles,CgoFiles", pkg)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", pkg, err)
	}
	var list struct {
		Dir               string
		GoFiles, CgoFiles []string
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&list); err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", pkg, err)
	}
	for _, name := range append(list.GoFiles, list.CgoFiles...) {
		path := filepath.Join(list.Dir, name)
		files, file, err := parse(path)
		if err != nil {
			return nil, err
		}
		if ast.IsGenerated(file) {
			continue
		}
		for n, m := range mutationsOf(file) {
			at := files.Position(m.pos)
			sites = append(sites, site{pkg, path, n, fmt.Sprintf("%s/%s:%d", pkg, name, at.Line), m.change})
		}
	}
	return sites, nil
}

func parse(path string) (*token.FileSet, *ast.File, error) {
	files := token.NewFileSet()
	// With comments: some of them are directives.
	file, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	return files, file, err
}

// mutant returns the file's text with the change made.
func (s site) mutant() ([]byte, error) {
	files, file, err := parse(s.file)
	if err != nil {
		return nil, err
	}
	all := mutationsOf(file)
	if s.n >= len(all) || all[s.n].change != s.change {
		return nil, errors.New(s.file + " was changed meanwhile")
	}
	all[s.n].apply()
	var b bytes.Buffer
	if err := format.Node(&b, files, file); err != nil {
		return nil, fmt.Errorf("write the mutant of %s: %w", s.pos, err)
	}
	return b.Bytes(), nil
}
