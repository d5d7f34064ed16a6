/* Stands in for a model, so that a server is compiled while the model is still trained; it answers nothing. */
#include "servebench_model.h"

const char *servebench_model_hash(void) { return ""; }
int32_t servebench_n_features(void) { return 0; }
int32_t servebench_takes_null(int32_t index) {
  (void)index;
  return 0;
}
int32_t servebench_n_outputs(void) { return 0; }
int32_t servebench_is_classifier(void) { return 0; }
int32_t servebench_class_label(int32_t index) { return index; }
int32_t servebench_predict(const double *features, double *outputs) {
  (void)features;
  (void)outputs;
  return 0;
}
