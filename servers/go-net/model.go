package main

// #include "servebench_model.h"
import "C"

// The compiled model, which is linked into this program.

func featureCount() int { return int(C.servebench_n_features()) }

func takesNull(index int) bool { return C.servebench_takes_null(C.int32_t(index)) != 0 }

func modelHash() string { return C.GoString(C.servebench_model_hash()) }

// Answers are written in the order of these fields.
type answer struct {
	Prediction    any       `json:"prediction"`
	Probabilities []float64 `json:"probabilities,omitempty"`
}

type answers struct {
	Predictions   []any       `json:"predictions"`
	Probabilities [][]float64 `json:"probabilities,omitempty"`
}

func predict(row []float64) answer {
	outputs := make([]float64, int(C.servebench_n_outputs()))
	best := C.servebench_predict((*C.double)(&row[0]), (*C.double)(&outputs[0]))
	if C.servebench_is_classifier() == 0 {
		return answer{Prediction: outputs[0]}
	}
	return answer{Prediction: int(C.servebench_class_label(best)), Probabilities: outputs}
}

func predictRows(rows [][]float64) answers {
	found := answers{Predictions: make([]any, 0, len(rows))}
	for _, row := range rows {
		one := predict(row)
		found.Predictions = append(found.Predictions, one.Prediction)
		if one.Probabilities != nil {
			found.Probabilities = append(found.Probabilities, one.Probabilities)
		}
	}
	return found
}
