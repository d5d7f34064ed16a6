//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

const USAGE: &str =
    "usage: server [--host ADDRESS] [--port 0..65535] [--threads COUNT] [--model FOLDER]";

pub struct Options {
    pub host: String,
    pub port: u16,
    pub threads: usize,
    pub model: PathBuf,
}

impl Options {
    /// Reads pairs of a name and a value; an error is one line.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            host: "127.0.0.1".to_string(),
            port: 8000,
            threads: 1,
            model: PathBuf::from("model"),
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().unwrap_or_default();
            let is_read = match name.as_str() {
                "--host" => read(&value, &mut options.host),
                "--port" => read(&value, &mut options.port),
                "--threads" => read(&value, &mut options.threads) && options.threads > 0,
                "--model" => read(&value, &mut options.model),
                _ => false,
            };
            if !is_read {
                return Err(format!("{USAGE}; cannot read '{name} {value}'"));
            }
        }
        Ok(options)
    }
}

fn read<T: FromStr>(text: &str, place: &mut T) -> bool {
    match text.parse() {
        Ok(value) => {
            *place = value;
            true
        }
        Err(_) => false,
    }
}
