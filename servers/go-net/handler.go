package main

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"runtime"
	"strings"
)

const (
	bodyLimitBytes = 1024 * 1024
	// The smallest number that rounds to infinity in float32, which tree models compute with.
	beyondFloat32 = 0x1.ffffffp127
)

// serve is the contract: paths and methods as they stand, without the redirects of a router.
func serve(writer http.ResponseWriter, request *http.Request) {
	// The other servers send no date.
	writer.Header()["Date"] = nil
	switch request.URL.Path {
	case "/predict":
		if isAllowed(writer, request, http.MethodPost) {
			servePrediction(writer, request)
		}
	case "/healthz":
		if isAllowed(writer, request, http.MethodGet, http.MethodHead) {
			serveHealth(writer)
		}
	default:
		refuse(writer, http.StatusNotFound, "no such path")
	}
}

func isAllowed(writer http.ResponseWriter, request *http.Request, methods ...string) bool {
	for _, method := range methods {
		if request.Method == method {
			return true
		}
	}
	writer.Header().Set("Allow", strings.Join(methods, ", "))
	refuse(writer, http.StatusMethodNotAllowed, "this path does not take this method")
	return false
}

func serveHealth(writer http.ResponseWriter) {
	write(writer, http.StatusOK, "application/json", map[string]string{
		"status":     "ok",
		"model_hash": modelHash(),
		"server":     "go-net",
		"version":    strings.TrimPrefix(runtime.Version(), "go"),
		"inference":  "compiled",
	})
}

func servePrediction(writer http.ResponseWriter, request *http.Request) {
	mediaType, _, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
	if mediaType != "application/json" {
		refuse(writer, http.StatusUnsupportedMediaType, "the content type must be application/json")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, bodyLimitBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		refuse(writer, http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB")
		return
	}
	if err != nil {
		refuse(writer, http.StatusBadRequest, "the body could not be read")
		return
	}
	row, status, complaint := readRow(body)
	if complaint != "" {
		refuse(writer, status, complaint)
		return
	}
	write(writer, http.StatusOK, "application/json", predict(row))
}

// readRow returns the features, or the status and the reason of a refusal.
func readRow(body []byte) ([]float64, int, string) {
	// A pointer tells null from zero.
	var parsed struct {
		Features []*float64 `json:"features"`
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, &parsed); errors.As(err, &syntax) {
		return nil, http.StatusBadRequest, "the body is not JSON"
	} else if err != nil {
		return nil, http.StatusUnprocessableEntity, "the body must be an object with an array 'features' of numbers"
	}
	if len(parsed.Features) != featureCount() {
		return nil, http.StatusUnprocessableEntity, "'features' has the wrong length"
	}
	row := make([]float64, len(parsed.Features))
	for i, value := range parsed.Features {
		if value == nil || math.Abs(*value) >= beyondFloat32 {
			return nil, http.StatusUnprocessableEntity, "features must be numbers, finite in float32"
		}
		row[i] = *value
	}
	return row, http.StatusOK, ""
}

func refuse(writer http.ResponseWriter, status int, detail string) {
	write(writer, status, "application/problem+json", map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail,
	})
}

func write(writer http.ResponseWriter, status int, contentType string, value any) {
	// What is written here can always be written as JSON.
	body, _ := json.Marshal(value)
	writer.Header().Set("Content-Type", contentType)
	writer.WriteHeader(status)
	_, _ = writer.Write(body)
}
