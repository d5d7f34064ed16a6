//! The compiled model: a library with the functions of servebench_model.h.

use std::ffi::{c_char, CStr};
use std::path::Path;

use libloading::{Error, Library};
use serde::Serialize;

const LIBRARY: &str = "libservebench_model.so";

type Count = unsafe extern "C" fn() -> i32;
type Text = unsafe extern "C" fn() -> *const c_char;
type OfIndex = unsafe extern "C" fn(i32) -> i32;
type Predict = unsafe extern "C" fn(*const f64, *mut f64) -> i32;

#[derive(Serialize)]
#[serde(untagged)]
pub enum Label {
    Class(i32),
    Number(f64),
}

/// The answer to one row; a regression has no probabilities.
#[derive(Serialize)]
pub struct Prediction {
    pub prediction: Label,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probabilities: Option<Vec<f64>>,
}

pub struct Model {
    pub hash: String,
    /// Of each feature, whether null may stand for it.
    pub takes_null: Vec<bool>,
    n_outputs: usize,
    /// Of the classes, in the order of the probabilities; a regression has none.
    labels: Option<Vec<i32>>,
    predict: Predict,
    /// What holds the code that `predict` points to.
    _library: Library,
}

impl Model {
    /// Loads the library in a model's folder; an error is one line.
    pub fn load(folder: &Path) -> Result<Self, String> {
        // SAFETY: the build put it there, and its functions are those of servebench_model.h.
        unsafe { Self::open(&folder.join(LIBRARY)) }
            .map_err(|error| format!("cannot load the model: {error}"))
    }

    unsafe fn open(path: &Path) -> Result<Self, Error> {
        let library = Library::new(path)?;
        let n_outputs = library.get::<Count>(b"servebench_n_outputs")?();
        let is_classifier = library.get::<Count>(b"servebench_is_classifier")?() != 0;
        let label = library.get::<OfIndex>(b"servebench_class_label")?;
        let n_features = library.get::<Count>(b"servebench_n_features")?();
        let takes_null = library.get::<OfIndex>(b"servebench_takes_null")?;
        let hash = CStr::from_ptr(library.get::<Text>(b"servebench_model_hash")?());
        Ok(Self {
            hash: hash.to_string_lossy().into_owned(),
            takes_null: (0..n_features).map(|index| takes_null(index) != 0).collect(),
            n_outputs: n_outputs as usize,
            labels: is_classifier.then(|| (0..n_outputs).map(|index| label(index)).collect()),
            predict: *library.get::<Predict>(b"servebench_predict")?,
            _library: library,
        })
    }

    /// Asks the model, of which not-a-number is a null; panics where the row has another length than it takes.
    pub fn predict(&self, row: &[f64]) -> Prediction {
        assert_eq!(row.len(), self.takes_null.len());
        let mut outputs = vec![0.0; self.n_outputs];
        // SAFETY: it reads and writes as many numbers as it said.
        let best = unsafe { (self.predict)(row.as_ptr(), outputs.as_mut_ptr()) };
        match &self.labels {
            Some(labels) => Prediction {
                prediction: Label::Class(labels[best as usize]),
                probabilities: Some(outputs),
            },
            None => Prediction {
                prediction: Label::Number(outputs[0]),
                probabilities: None,
            },
        }
    }
}
