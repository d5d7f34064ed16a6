//! The contract's paths and answers.

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::model::{Label, Model};
use crate::version::framework_version;

const BODY_LIMIT_BYTES: usize = 1024 * 1024;
/// The smallest number that rounds to infinity in float32, which tree models compute with: 2^128 - 2^103.
const BEYOND_FLOAT32: f64 = 3.4028235677973366e38;

pub fn routes(model: &'static Model) -> Router {
    Router::new()
        .route("/predict", post(predict))
        .route("/echo", post(echo))
        .route("/healthz", get(health))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "no such path") })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path does not take this method",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(model)
}

/// Features as they come: null may stand for some.
type Row = Vec<Option<f64>>;

/// One row, or several.
#[derive(Deserialize)]
struct Asked {
    features: Option<Row>,
    rows: Option<Vec<Row>>,
}

#[derive(Serialize)]
struct Predictions {
    predictions: Vec<Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<Vec<Vec<f64>>>,
}

async fn predict(
    State(model): State<&'static Model>,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(asked) = asked?;
    match (asked.features, asked.rows) {
        (Some(row), None) => {
            Ok(Json(model.predict(&read_row(model, &row)?)).into_response())
        }
        (None, Some(rows)) => Ok(Json(predict_rows(model, &rows)?).into_response()),
        _ => Err(unprocessable(
            "the body must be an object with 'features' or 'rows'",
        )),
    }
}

fn predict_rows(model: &Model, rows: &[Row]) -> Result<Predictions, Problem> {
    if rows.is_empty() {
        return Err(unprocessable("'rows' must hold a row"));
    }
    let rows = rows.iter().map(|row| read_row(model, row));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let answers = rows.iter().map(|row| model.predict(row));
    let (predictions, probabilities): (Vec<_>, Vec<_>) = answers
        .map(|answer| (answer.prediction, answer.probabilities))
        .unzip();
    Ok(Predictions {
        predictions,
        probabilities: probabilities.into_iter().collect(),
    })
}

/// The features as the model reads them.
fn read_row(model: &Model, row: &[Option<f64>]) -> Result<Vec<f64>, Problem> {
    if row.len() != model.takes_null.len() {
        return Err(unprocessable("a row has the wrong length"));
    }
    let places = row.iter().zip(&model.takes_null);
    places
        .map(|(value, takes_null)| match value {
            None if *takes_null => Ok(f64::NAN),
            None => Err(unprocessable("features must be numbers")),
            Some(value) if value.abs() >= BEYOND_FLOAT32 => {
                Err(unprocessable("features must be finite in float32"))
            }
            Some(value) => Ok(*value),
        })
        .collect()
}

async fn echo(body: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], body)
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    model_hash: &'static str,
    server: &'static str,
    version: &'static str,
    inference: &'static str,
}

async fn health(State(model): State<&'static Model>) -> Json<Health> {
    Json(Health {
        status: "ok",
        model_hash: &model.hash,
        server: "axum",
        version: framework_version(),
        inference: "compiled",
    })
}

/// An error as application/problem+json (RFC 9457).
struct Problem {
    status: StatusCode,
    detail: String,
}

#[derive(Serialize)]
struct ProblemBody {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
        }
    }
}

fn unprocessable(detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.detail,
        };
        let mut response = (
            self.status,
            [(CONTENT_TYPE, "application/problem+json")],
            Json(body),
        )
            .into_response();
        if self.status == StatusCode::PAYLOAD_TOO_LARGE {
            // hyper ends a connection whose body was not read to its end: its client should know.
            let headers = response.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
