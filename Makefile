# Run `make help`.
export CGO_ENABLED := 0

# templ, staticcheck and govulncheck, in a module of their own.
TOOL := go tool -modfile=cmd/tools/go.mod

# Test binaries share one throwaway PostgreSQL. The time limit ends what hangs; nothing is judged by it. make check vets.
TEST := GOGC=800 go run ./cmd/testpostgres go test -vet=off -ldflags '-s -w' -timeout 60m -parallel 4

# What takes longest or needs most: a real browser, every route with another workspace's ids, proxies.
LONG := ./cmd/server/browser ./cmd/server/isolation ./cmd/server/proxies

# What check tests with the race detector: what starts goroutines or is called by many. PostgreSQL's tables are divided by
# workspace there. test-all need not test it again where both are made at once, but models, whose tests are of tables as they
# are made, too.
RACED := ./web/... ./jobs ./channels ./channels/whatsappcloud ./channels/whatsappweb ./models \
	$(addprefix ./models/,backup blob channeltype migrations password search seed store)
RACED_ALONE = $$(go list $(RACED) | grep -vxF "$$(go list ./models)")

# SQLite is C translated to Go: its memory is not Go's, its own mutex guards it, and to watch it takes a quarter longer.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false

# How long each fuzz test runs: make fuzz FUZZTIME=10s
FUZZTIME ?= 1m
export FUZZTIME

.PHONY: help run dev build test test-all check fuzz clients lighthouse attack vuln house bench
help: ## List what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

run: ## Build, migrate data/mauve.db and serve http://127.0.0.1:8080
	go run ./cmd/mauve serve

dev: ## Serve as run does; build anew and restart on every save
	go run ./cmd/dev

build: ## Build the program at bin/mauve, stripped, and say its size
	go build -trimpath -ldflags '-s -w' -o bin/mauve ./cmd/mauve
	@du -m bin/mauve | awk '{ print "bin/mauve has " $$1 " MiB" }'

test: ## Test on SQLite and PostgreSQL, all but the longest
	@.ci/need postgresql redis-server curl openssl
	$(TEST) -p 3 $$(go list ./... | grep -vxF "$$(go list $(LONG) ./cmd/server/bench)")

test-all: ## Test everything, in a real Chromium and behind real proxies too
	@.ci/need postgresql redis-server curl openssl chromium nginx haproxy caddy
	KILLS=2 $(TEST) $$(go list ./... | grep -vxF "$$(go list ./cmd/server/bench)" $(if $(filter check,$(MAKECMDGOALS)),| grep -vxF "$(RACED_ALONE)"))

check: ## Look at format, vet, staticcheck, generated files, modules and data races
	@.ci/need postgresql redis-server gcc
	@test -z "$$(gofmt -l $$(git ls-files '*.go') | tee /dev/stderr)" || { echo 'gofmt would change these files'; exit 1; }
	go vet -tags attack ./...
	$(TOOL) staticcheck -tags attack ./...
	for module in . cmd/assets cmd/tools; do (cd $$module && go mod tidy -diff) || exit 1; done
	.ci/fresh
	TEST_PARTITIONS=4 CGO_ENABLED=1 $(TEST) -p 3 -race $(UNWATCHED) $(RACED)

fuzz: ## Make up input for every parser, each for FUZZTIME, 1m if not said
	.ci/fuzz

clients: ## Make clients from the OpenAPI document with three generators, and call with them
	@.ci/need node npm curl
	.ci/serving .ci/clients/run

lighthouse: ## Ask Lighthouse what it says of the pages; 100 for accessibility and best practices
	@.ci/need node npm curl chromium
	SEED='--contacts 200 --conversations 300 --messages 3000 --tickets 200' .ci/serving .ci/lighthouse/run

attack: ## Attack the program on both engines: guesses, races, held memory, framings, secrets; say what got through
	$(TEST) -tags attack -count=1 -v ./cmd/server/attack

vuln: ## Look for known vulnerabilities of what is linked (asks a database on the internet)
	$(TOOL) govulncheck ./...

house: ## Draw the packages, floor by floor, with their lines and arrows
	@go run ./cmd/house

bench: ## Measure the program and hand-written statements side by side
	go test ./cmd/server/bench -run xxx -bench . -benchtime 1x -timeout 60m
