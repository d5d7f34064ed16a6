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
	case "/echo":
		if isAllowed(writer, request, http.MethodPost) {
			serveEcho(writer, request)
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
	body, isRead := readBody(writer, request)
	if !isRead {
		return
	}
	answer, status, complaint := answerTo(body)
	if complaint != "" {
		refuse(writer, status, complaint)
		return
	}
	write(writer, http.StatusOK, "application/json", answer)
}

// serveEcho sends the body back as it came.
func serveEcho(writer http.ResponseWriter, request *http.Request) {
	if body, isRead := readBody(writer, request); isRead {
		writer.Header().Set("Content-Type", "application/json")
		_, _ = writer.Write(body)
	}
}

// readBody returns the body, or refuses the request.
func readBody(writer http.ResponseWriter, request *http.Request) ([]byte, bool) {
	mediaType, _, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
	if mediaType != "application/json" {
		refuse(writer, http.StatusUnsupportedMediaType, "the content type must be application/json")
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, bodyLimitBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		refuse(writer, http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB")
		return nil, false
	}
	if err != nil {
		refuse(writer, http.StatusBadRequest, "the body could not be read")
		return nil, false
	}
	return body, true
}

// answerTo returns the answer to a body, or the status and the reason of a refusal.
func answerTo(body []byte) (any, int, string) {
	// A pointer tells null from zero.
	var parsed struct {
		Features []*float64   `json:"features"`
		Rows     [][]*float64 `json:"rows"`
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, &parsed); errors.As(err, &syntax) {
		return nil, http.StatusBadRequest, "the body is not JSON"
	} else if err != nil {
		return nil, http.StatusUnprocessableEntity, "the body must be an object with an array of numbers, or of such arrays"
	}
	if (parsed.Features == nil) == (parsed.Rows == nil) {
		return nil, http.StatusUnprocessableEntity, "give either features or rows"
	}
	if parsed.Rows != nil {
		return answerToRows(parsed.Rows)
	}
	row, complaint := readRow(parsed.Features)
	if complaint != "" {
		return nil, http.StatusUnprocessableEntity, complaint
	}
	return predict(row), http.StatusOK, ""
}

func answerToRows(values [][]*float64) (any, int, string) {
	if len(values) == 0 {
		return nil, http.StatusUnprocessableEntity, "rows must not be empty"
	}
	rows := make([][]float64, len(values))
	for i, features := range values {
		row, complaint := readRow(features)
		if complaint != "" {
			return nil, http.StatusUnprocessableEntity, complaint
		}
		rows[i] = row
	}
	return predictRows(rows), http.StatusOK, ""
}

// readRow returns the features of one row, or why they are refused.
func readRow(features []*float64) ([]float64, string) {
	if len(features) != featureCount() {
		return nil, "a row has the wrong length"
	}
	row := make([]float64, len(features))
	for i, value := range features {
		switch {
		case value == nil && takesNull(i):
			row[i] = math.NaN()
		case value == nil || math.Abs(*value) >= beyondFloat32:
			return nil, "features must be numbers, finite in float32"
		default:
			row[i] = *value
		}
	}
	return row, ""
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
