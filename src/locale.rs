//! The locale that somebody meant: `en-us` is `en-US`, `es` is `es-ES`, `zh_Hant` is `zh-TW`.

use crate::responses::LOCALES;

/// Names of locales that Discord does not have, and the one it has for them.
const OTHER_NAMES: [(&str, &str); 10] = [
    ("nb", "no"),
    ("nn", "no"),
    ("iw", "he"),
    ("in", "id"),
    ("en", "en-US"),
    ("es", "es-ES"),
    ("zh", "zh-CN"),
    ("zh-hans", "zh-CN"),
    ("zh-hant", "zh-TW"),
    ("zh-hk", "zh-TW"),
];

/// Returns Discord's locale for what somebody wrote; `None` if no locale has that language.
///
/// The language always stays: `sk` is not `sv-SE`, however alike they look.
pub fn similar(written: &str) -> Option<&'static str> {
    let written = written.trim().replace('_', "-").to_ascii_lowercase();
    let known = |name: &str| LOCALES.iter().map(|(locale, _)| *locale).find(|locale| locale.eq_ignore_ascii_case(name));
    let other = |name: &str| OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, locale)| *locale);
    // Region, variant and encoding: `de-DE`, `zh-hant-tw`, `pt-br.utf-8`. Take parts away from the end.
    let mut name = written.as_str();
    loop {
        if let Some(locale) = known(name).or_else(|| other(name)) {
            return Some(locale);
        }
        match name.rfind(['-', '.', '@']) {
            Some(at) => name = &name[..at],
            None => break,
        }
    }
    let same_language = |locale: &&str| locale.split('-').next() == Some(name);
    LOCALES.iter().map(|(locale, _)| *locale).find(same_language)
}

/// Returns the help for a locale that Discord does not have: the one that was probably meant, then all of them.
pub fn help(written: &str) -> String {
    let all: Vec<_> = LOCALES.iter().map(|(locale, _)| format!("`{locale}`")).collect();
    let all = format!("allowed here: {}", all.join(", "));
    match similar(written) {
        Some(locale) => format!("did you mean `{locale}`? {all}"),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_keeps_the_language() {
        for (written, locale) in [
            ("en-us", Some("en-US")),
            ("PT-BR", Some("pt-BR")),
            ("es", Some("es-ES")),
            ("es-MX", Some("es-ES")),
            ("pt", Some("pt-BR")),
            ("pt_BR.UTF-8", Some("pt-BR")),
            ("pt-PT", Some("pt-BR")),
            ("zh", Some("zh-CN")),
            ("zh-Hant-HK", Some("zh-TW")),
            ("zh_hk", Some("zh-TW")),
            ("en", Some("en-US")),
            ("sv", Some("sv-SE")),
            ("nb", Some("no")),
            ("de-DE", Some("de")),
            ("fr-FR", Some("fr")),
            ("sk", None),
            ("klingon", None),
            ("", None),
        ] {
            assert_eq!(similar(written), locale, "{written}");
        }
        assert!(help("en-us").starts_with("did you mean `en-US`? allowed here: `bg`, "), "{}", help("en-us"));
        assert!(help("sk").starts_with("allowed here: "), "{}", help("sk"));
    }
}
