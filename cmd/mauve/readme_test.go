package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"mauve/models/modelstest"
)

// TestReadme runs the README's commands as they are written, in their order, on
// an empty store. Words in capitals (CONVERSATION) are ids that earlier answers gave.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	assert.NilError(t, err)
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		r := newReader(t, engine)
		ran := 0
		for _, block := range shellBlocks(string(text)) {
			for _, command := range commands(block) {
				if !elsewhere.MatchString(command) {
					r.run(command)
					ran++
				}
			}
		}
		assert.Check(t, ran >= 30, "only %d commands were found", ran)
	})
}

// elsewhere are commands that need another machine or are how this test was started.
var elsewhere = regexp.MustCompile(`^(make |cp data/secret\.key |DATABASE_URL=postgres://mauve@db)`)

// shellBlocks are the texts fenced as sh.
func shellBlocks(text string) (all []string) {
	for _, rest := range strings.Split(text, "\n```sh\n")[1:] {
		block, _, _ := strings.Cut(rest, "\n```")
		all = append(all, block)
	}
	return all
}

// commands takes a block apart: a line goes on after a backslash and inside single quotes.
func commands(block string) (all []string) {
	open := ""
	for line := range strings.Lines(block) {
		if open == "" && (strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "") {
			continue
		}
		open += line
		if whole := strings.TrimSpace(open); !strings.HasSuffix(whole, `\`) && strings.Count(whole, "'")%2 == 0 {
			all, open = append(all, whole), ""
		}
	}
	return all
}

// reader is somebody who follows the README with a shell.
type reader struct {
	*testing.T
	dir       string
	server    string
	env       []string
	variables map[string]string
	ids       map[string]string
}

func newReader(t *testing.T, engine string) *reader {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"note.txt": "three boxes, two pallets\n",
		"mauve":    "#!/bin/sh\nexec '" + program(t) + "' \"$@\"\n",
		"curl":     "#!/bin/sh\nexec /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin curl --silent --show-error --fail-with-body --max-time 20 \"$@\"\n",
	} {
		assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o700))
	}
	env := []string{"DATABASE_URL=" + modelstest.Address(t, engine), "DATA_DIR=" + filepath.Join(dir, "data"), "PATH=" + dir + ":" + os.Getenv("PATH")}
	server := spawn(t, env...)
	server.ready(t)
	return &reader{T: t, dir: dir, server: server.url, env: env, variables: map[string]string{}, ids: map[string]string{}}
}

var (
	assignment = regexp.MustCompile(`^([A-Z_]+)=`)
	idWords    = regexp.MustCompile(`\b(CONVERSATION|ATTACHMENT|MESSAGE|CHANNEL|CATEGORY|TICKET)\b`)
	idWord     = map[string]string{"conv_": "CONVERSATION", "att_": "ATTACHMENT", "msg_": "MESSAGE", "chan_": "CHANNEL", "cat_": "CATEGORY", "tick_": "TICKET"}
)

// run runs one command in bash; what it says or sets is remembered for the next.
func (r *reader) run(command string) {
	r.Helper()
	written := command
	command = strings.ReplaceAll(command, "http://127.0.0.1:8080", r.server)
	command = strings.ReplaceAll(command, "/var/backups", r.dir)
	command = idWords.ReplaceAllStringFunc(command, func(word string) string {
		if r.ids[word] == "" {
			r.Errorf("nothing before this answered with the id of a %s: %s", word, written)
		}
		return r.ids[word]
	})
	name := ""
	if m := assignment.FindStringSubmatch(command); m != nil {
		name = m[1]
		command += "\nprintf %s \"$" + name + "\""
	}
	shell := exec.CommandContext(r.Context(), "bash", "-euo", "pipefail", "-c", command)
	shell.Dir, shell.Env = r.dir, append(os.Environ(), r.env...)
	for name, value := range r.variables {
		shell.Env = append(shell.Env, name+"="+value)
	}
	out, err := shell.Output()
	assert.NilError(r, err, "%s\n%s", written, out)
	if name != "" {
		r.variables[name] = string(out)
		return
	}
	r.learn(written, out)
}

// learn remembers the ids and secrets of an answer.
func (r *reader) learn(command string, out []byte) {
	var said struct {
		ID     string `json:"id"`
		MavaID string `json:"_id"`
		Secret string `json:"secret"`
	}
	if json.Unmarshal(out, &said) != nil {
		return
	}
	if said.Secret != "" {
		r.variables["SECRET"] = said.Secret
	}
	if said.MavaID != "" && strings.Contains(command, "$MAVA/ticket ") {
		r.ids["TICKET"] = said.MavaID
	}
	for prefix, word := range idWord {
		if strings.HasPrefix(said.ID, prefix) {
			r.ids[word] = said.ID
		}
	}
}
