// The compiled model, by the C interface of servebench_model.h.
import { join } from 'node:path'
import koffi from 'koffi'

export class Model {
  #predict
  #row
  #outputs
  #labels
  #hasNull

  constructor (folder) {
    const library = koffi.load(join(folder, 'libservebench_model.so'))
    const ask = (declaration, ...values) => library.func(declaration)(...values)
    this.hash = ask('const char *servebench_model_hash()')
    this.featureCount = ask('int32_t servebench_n_features()')
    const takesNull = library.func('int32_t servebench_takes_null(int32_t index)')
    // Of each feature, whether null may stand for it.
    this.takesNull = Array.from({ length: this.featureCount }, (_, index) => takesNull(index) !== 0)
    this.#hasNull = this.takesNull.includes(true)
    this.isClassifier = ask('int32_t servebench_is_classifier()') !== 0
    this.#predict = library.func('int32_t servebench_predict(const double *features, _Out_ double *outputs)')
    // One row at a time is asked: the same memory serves all.
    this.#row = new Float64Array(this.featureCount)
    this.#outputs = new Float64Array(ask('int32_t servebench_n_outputs()'))
    const label = library.func('int32_t servebench_class_label(int32_t index)')
    this.#labels = this.isClassifier ? Array.from(this.#outputs, (_, index) => label(index)) : []
  }

  predict (row) {
    // An array of numbers would hold 0 where null stood.
    this.#row.set(this.#hasNull ? row.map((value) => value ?? NaN) : row)
    const best = this.#predict(this.#row, this.#outputs)
    if (!this.isClassifier) {
      return { prediction: this.#outputs[0] }
    }
    return { prediction: this.#labels[best], probabilities: Array.from(this.#outputs) }
  }

  predictRows (rows) {
    const answers = rows.map((row) => this.predict(row))
    const predictions = answers.map((answer) => answer.prediction)
    return this.isClassifier
      ? { predictions, probabilities: answers.map((answer) => answer.probabilities) }
      : { predictions }
  }
}
