/* The model as a C library: the same interface for every model and every server. */
#ifndef SERVEBENCH_MODEL_H
#define SERVEBENCH_MODEL_H

#include <stdint.h>

#if defined(__GNUC__)
#define SERVEBENCH_API __attribute__((visibility("default")))
#else
#define SERVEBENCH_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* SHA-256 of model.joblib, in hexadecimal. */
SERVEBENCH_API const char *servebench_model_hash(void);

/* Length of the array that servebench_predict reads. */
SERVEBENCH_API int32_t servebench_n_features(void);

/* 1 where null may stand for feature `index`, 0 <= index < servebench_n_features(): its place holds NaN then. */
SERVEBENCH_API int32_t servebench_takes_null(int32_t index);

/* Length of the array that servebench_predict writes: the number of classes, or 1 for a regression. */
SERVEBENCH_API int32_t servebench_n_outputs(void);

/* 1 for a classifier, 0 for a regression. */
SERVEBENCH_API int32_t servebench_is_classifier(void);

/* The label of class `index`, 0 <= index < servebench_n_outputs(). */
SERVEBENCH_API int32_t servebench_class_label(int32_t index);

/* Writes the probabilities (or the predicted value) to `outputs`; returns the index of the most probable
   class, the first of equals (0 for a regression). Re-entrant; `features` must be finite, or NaN for a null. */
SERVEBENCH_API int32_t servebench_predict(const double *features, double *outputs);

#ifdef __cplusplus
}
#endif

#endif
