//! Reads bytes as UTF-8 text, and says what other files are.

use std::fmt;

/// Why bytes are not UTF-8 text, and what to do about it. `Display` is one sentence without the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodingError {
    /// They are UTF-16, as Notepad ("Unicode") and PowerShell write it.
    Utf16,
    /// They begin as a ZIP archive does; Excel and LibreOffice save their workbooks as one.
    Zip,
    /// They hold a byte that UTF-8 cannot have in that place.
    Invalid {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The byte.
        byte: u8,
    },
}

impl fmt::Display for EncodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf16 => f.write_str("the file is UTF-16; save it as UTF-8"),
            Self::Zip => f.write_str("the file is a workbook or another ZIP archive; save it as text in UTF-8"),
            Self::Invalid { line, column, byte } => write!(
                f,
                "line {line}: byte {byte:#04X} at column {column} is not UTF-8; the file is probably in Latin-1 or \
                 Windows-1252, save it as UTF-8"
            ),
        }
    }
}

impl std::error::Error for EncodingError {}

/// Returns bytes as text, without the byte order mark that Windows editors write at the beginning.
///
/// # Errors
///
/// When the bytes are not UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, EncodingError> {
    /// How much of the beginning tells UTF-16 without a mark.
    const BEGINNING: usize = 64;
    let beginning = &bytes[..bytes.len().min(BEGINNING)];
    let zeros = |from: usize| beginning.len() >= 4 && beginning.iter().skip(from).step_by(2).all(|byte| *byte == 0);
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) || zeros(0) || zeros(1) {
        return Err(EncodingError::Utf16);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(EncodingError::Zip);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let (before, after) = bytes.split_at(error.valid_up_to());
            let before = std::str::from_utf8(before).unwrap_or_default().trim_start_matches('\u{feff}');
            let line = lines(before);
            let column = before.rsplit(['\n', '\r']).next().unwrap_or_default().chars().count() + 1;
            Err(EncodingError::Invalid { line, column, byte: after.first().copied().unwrap_or_default() })
        }
    }
}

/// Returns the number of the line on which a text ends, as an editor counts: LF, CR LF and a lone CR each end a line.
pub(crate) fn lines(text: &str) -> usize {
    1 + text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_with_and_without_a_byte_order_mark() {
        assert_eq!(utf8("Zürich\n".as_bytes()), Ok("Zürich\n"));
        assert_eq!(utf8(b"\xEF\xBB\xBFa,b"), Ok("a,b"));
        assert_eq!(utf8(b""), Ok(""));
    }

    #[test]
    fn what_is_not_utf_8_is_named() {
        assert_eq!(utf8(b"\xFF\xFEa\0b\0"), Err(EncodingError::Utf16));
        assert_eq!(utf8(b"\xFE\xFF\0a\0b"), Err(EncodingError::Utf16));
        assert_eq!(utf8(b"a\0b\0c\0"), Err(EncodingError::Utf16));
        assert_eq!(utf8(b"PK\x03\x04...."), Err(EncodingError::Zip));
        let invalid = |line, column, byte| Err(EncodingError::Invalid { line, column, byte });
        assert_eq!(utf8(b"a,b\nZ\xFCrich"), invalid(2, 2, 0xFC));
        assert_eq!(utf8(b"a\rb\r\nc\n\xE9"), invalid(4, 1, 0xE9));
        let told = utf8(b"a,b\nZ\xFCrich").expect_err("it is Latin-1").to_string();
        assert!(told.starts_with("line 2: byte 0xFC at column 2 is not UTF-8"), "{told}");
    }
}
