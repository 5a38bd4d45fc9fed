TOOL := go tool -modfile=cmd/tools/go.mod # templ, staticcheck, govulncheck

.PHONY: run build test check bench
run:
	CGO_ENABLED=0 go run ./cmd/mauve serve

build:
	CGO_ENABLED=0 go build -trimpath -o bin/mauve ./cmd/mauve

test:
	CGO_ENABLED=0 go test -timeout 25m ./...

bench:
	go test ./cmd/mauve -run xxx -bench . -benchtime 1x -timeout 60m

check:
	cd cmd/assets && go run . >/dev/null
	$(TOOL) templ generate && git diff --exit-code
	for module in . cmd/assets cmd/tools; do (cd $$module && go mod tidy -diff) || exit 1; done
	go vet ./... && $(TOOL) staticcheck ./... && go test -race ./web/... ./jobs/...
	$(TOOL) govulncheck ./... || test $$? -ne 3 # 3: something known is wrong; anything else: its database is out of reach
