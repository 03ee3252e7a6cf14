//! An error with its causes, in one line.

use std::error::Error;

/// Returns an error with its causes, each once: many libraries print a cause in their own text and name it again as the
/// source.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut last = error.to_string();
    let mut text = last.clone();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !last.contains(cause.trim_end_matches('.')) {
            text = format!("{}: {cause}", text.trim_end_matches('.'));
        }
        last = cause;
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        cause: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let cause = |texts: &[&'static str]| Box::new(layers(texts));
        Layer { text: texts[0], cause: (texts.len() > 1).then(|| cause(&texts[1..])) }
    }

    #[test]
    fn each_cause_is_printed_once() {
        for (texts, printed) in [
            (&["cannot connect", "connection refused"][..], "cannot connect: connection refused"),
            (&["cannot connect: refused", "refused"], "cannot connect: refused"),
            (
                &["Error while sending HTTP request.", "Error while sending HTTP request.", "refused"],
                "Error while sending HTTP request: refused",
            ),
            (&["only this."], "only this."),
        ] {
            assert_eq!(causes(&layers(texts)), printed);
        }
    }
}
