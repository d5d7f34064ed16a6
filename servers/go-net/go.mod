module servebench/go-net

go 1.22
