package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
)

// TestNoPasswordOfASettingIsPrinted starts and examines the program with addresses that are malformed or reach
// nobody. Every piece of their passwords is a word that is in no sentence of ours.
func TestNoPasswordOfASettingIsPrinted(t *testing.T) {
	t.Parallel()
	words := []string{"zqhunter", "zqwolf", "yqwolf"}
	for _, c := range []struct{ name, setting, address string }{
		{"unreachable", "DATABASE_URL", "postgres://u:zqhunter@127.0.0.1:1/d"},
		{"an unreachable one, encoded", "DATABASE_URL", "postgres://u:zqhunter%2Fzqwolf%40yqwolf@127.0.0.1:1/d"},
		{"in the query", "DATABASE_URL", "postgres://u@127.0.0.1:1/d?password=zqhunter&connect_timeout=x"},
		{"in the query, encoded", "DATABASE_URL", "postgres://u@127.0.0.1:1/d?pass%77ord=zq%68unter&sslmode=no"},
		{"a setting that is wrong", "DATABASE_URL", "postgres://u:zqhunter@127.0.0.1:1/d?sslmode=zebra"},
		{"a port that is wrong", "DATABASE_URL", "postgres://u:zqhunter@127.0.0.1:port/d"},
		{"a slash", "DATABASE_URL", "postgres://u:zqhunter/zqwolf@127.0.0.1:1/d"},
		{"a slash after a number", "DATABASE_URL", "postgres://u:1/zqwolf@127.0.0.1:1/d"},
		{"a question mark", "DATABASE_URL", "postgres://u:zqhunter?zqwolf=yqwolf@127.0.0.1:1/d"},
		{"a hash", "DATABASE_URL", "postgres://u:zqhunter#zqwolf@127.0.0.1:1/d"},
		{"an at", "DATABASE_URL", "postgres://u:zqhunter@zqwolf@127.0.0.1:1/d"},
		{"a colon", "DATABASE_URL", "postgres://u:zqhunter:zqwolf@127.0.0.1:1/d"},
		{"a percent sign", "DATABASE_URL", "postgres://u:zqhunter%zqwolf@127.0.0.1:1/d"},
		{"a blank", "DATABASE_URL", "postgres://u:zqhunter zqwolf@127.0.0.1:1/d"},
		{"a line break", "DATABASE_URL", "postgres://u:zqhunter\nzqwolf@127.0.0.1:1/d"},
		{"no scheme", "DATABASE_URL", "u:zqhunter@127.0.0.1:1/d"},
		{"another scheme", "DATABASE_URL", "zqhunter://u:zqwolf@127.0.0.1:1/d"},
		{"a keyword and its value", "DATABASE_URL", "host=127.0.0.1 password=zqhunter"},
		{"unreachable", "REDIS_URL", "redis://:zqhunter@127.0.0.1:1/0"},
		{"another scheme", "REDIS_URL", "zqhunter:zqwolf@127.0.0.1:1"},
		{"a port that is wrong", "REDIS_URL", "redis://u:zqhunter@127.0.0.1:port/0"},
		{"a slash", "REDIS_URL", "redis://u:zqhunter/zqwolf@127.0.0.1:1/0"},
		{"a database that is wrong", "REDIS_URL", "redis://u:zqhunter@127.0.0.1:1/zebra"},
		{"a query", "REDIS_URL", "rediss://u:zqhunter@127.0.0.1:1/0?db=x"},
		{"unreachable", "BLOB_URL", "s3://u:zqhunter@127.0.0.1:1/bucket?tls=false"},
		{"no bucket", "BLOB_URL", "s3://u:zqhunter@127.0.0.1:1"},
		{"another scheme", "BLOB_URL", "zqwolf://u:zqhunter@127.0.0.1:1/bucket"},
		{"a slash", "BLOB_URL", "s3://u:zqhunter/zqwolf@127.0.0.1:1/bucket"},
		{"a bucket that is none", "BLOB_URL", "s3://u:zqhunter%2Fzqwolf@127.0.0.1:1/b?region=%zz"},
	} {
		t.Run(c.setting+" "+c.name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			env := []string{"DATA_DIR=" + data, "DATABASE_URL=sqlite:" + filepath.Join(data, "m.db"), "LOG_LEVEL=debug", c.setting + "=" + c.address}
			unspoken := func(said string) {
				t.Helper()
				for _, w := range words {
					assert.Check(t, !strings.Contains(strings.ToLower(said), w), "%s", said)
				}
			}
			p := &process{url: "http://" + freeAddress(t), log: &journal{}}
			p.Cmd = &exec.Cmd{Env: append(append(os.Environ(), env...), "ADDR="+strings.TrimPrefix(p.url, "http://"))}
			said, err := p.command(t, "doctor").CombinedOutput()
			assert.Check(t, err != nil || c.setting == "REDIS_URL", "%s", said)
			unspoken(string(said))
			p.start(t)
			ended := make(chan error, 1)
			go func() { ended <- p.Wait() }()
			served := false
			modelstest.Eventually(t, "it serves or gave up", func() bool {
				select {
				case <-ended:
					return true
				default:
					served = isReady(p.url)
					return served
				}
			})
			if served { // a cap is asked for, so that Redis is
				p.run(t, setUpAcme...)
				key := p.run(t, "key", "create", "--name", "k", "--scopes", "read")
				r, err := http.NewRequestWithContext(t.Context(), "GET", p.api("/contacts"), nil)
				assert.NilError(t, err)
				r.Header.Set("X-API-Key", key)
				res, err := http.DefaultClient.Do(r)
				assert.NilError(t, err)
				res.Body.Close()
				assert.NilError(t, p.Process.Kill())
				<-ended
			}
			if served && c.setting == "REDIS_URL" {
				assert.Check(t, is.Contains(strings.ToLower(p.log.String()), "redis"), "nothing was said of Redis")
			}
			assert.Check(t, p.log.String() != "", "it said nothing")
			unspoken(p.log.String())
		})
	}
}
