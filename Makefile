.PHONY: check fmt vet lint test race full bench golden

check: fmt vet lint race ## what to run before a change is handed in

fmt: ## fails when a file is not formatted
	@files=$$(gofmt -l .); test -z "$$files" || { echo "gofmt would change:"; echo "$$files"; exit 1; }

vet:
	go vet ./...

lint:
	go tool staticcheck ./...

race:
	go test -race -short ./...

full: ## everything, learning included
	go test ./...

bench:
	go test -run '^$$' -bench . -count 6 ./... | tee bench.txt
