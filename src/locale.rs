//! Discord's locales, which of them can stand in for which, and the one that was meant by another name: `en-us` is
//! `en-US`, `es` is `es-ES`, `zh_Hant` is `zh-TW`.

/// Discord's locales, each with the name of the language in that language.
/// <https://docs.discord.com/developers/reference#locales>
pub(crate) const LOCALES: [(&str, &str); 34] = [
    ("bg", "български"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en-GB", "English, UK"),
    ("en-US", "English, US"),
    ("es-419", "Español, LATAM"),
    ("es-ES", "Español"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("lt", "Lietuviškai"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt-BR", "Português do Brasil"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sv-SE", "Svenska"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("vi", "Tiếng Việt"),
    ("zh-CN", "中文"),
    ("zh-TW", "繁體中文"),
    ("ar", "العربية"),
    ("he", "עברית"),
];

/// Returns `true` for one of Discord's locales, exactly as Discord writes it.
pub(crate) fn is_known(locale: &str) -> bool {
    LOCALES.iter().any(|(known, _)| *known == locale)
}

/// Returns the name of a language in that language; the locale itself if Discord does not have it.
pub(crate) fn own_name(locale: &str) -> &str {
    LOCALES.iter().find(|(known, _)| *known == locale).map_or(locale, |(_, name)| name)
}

/// Returns `true` if whoever reads one locale reads the other as well: `en-GB` and `en-US`, `es-419` and `es-ES`. The
/// two Chinese scripts do not stand in for each other.
pub(crate) fn are_related(one: &str, other: &str) -> bool {
    written_language(one) == written_language(other)
}

/// Returns the language of a locale without its region; for Chinese the locale that stands for its script.
fn written_language(locale: &str) -> &str {
    match locale.split(['-', '_']).next() {
        Some("zh") => similar(locale).unwrap_or(locale),
        Some(language) => language,
        None => locale,
    }
}

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
pub(crate) fn similar(written: &str) -> Option<&'static str> {
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
pub(crate) fn help(written: &str) -> String {
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
    fn regions_stand_in_for_each_other_and_scripts_do_not() {
        for (one, other, related) in [
            ("en-GB", "en-US", true),
            ("es-419", "es-ES", true),
            ("pt-BR", "pt-PT", true),
            ("de", "de-AT", true),
            ("zh-CN", "zh-TW", false),
            ("zh-HK", "zh-TW", true),
            ("zh-Hans-SG", "zh-CN", true),
            ("zh-HK", "zh-CN", false),
            ("no", "nl", false),
            ("sv-SE", "sk", false),
        ] {
            assert_eq!(are_related(one, other), related, "{one}, {other}");
            assert_eq!(are_related(other, one), related, "{other}, {one}");
        }
    }

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
