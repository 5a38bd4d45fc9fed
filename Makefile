.PHONY: run build test check
run:
	go run ./cmd/mauve serve

build:
	CGO_ENABLED=0 go build -trimpath -o bin/mauve ./cmd/mauve

test:
	go test ./...

check:
	go tool templ generate && git diff --exit-code && go mod tidy -diff && go vet ./... && go test -race ./web/... ./jobs/...
