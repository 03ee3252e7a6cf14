//! Discord's locales, and the one that somebody meant: `en-us` is `en-US`, `es` is `es-ES`, `zh_Hant` is `zh-TW`.

/// The languages that Discord has, with their own names for themselves.
/// <https://docs.discord.com/developers/reference#locales>
pub const LOCALES: [(&str, &str); 34] = [
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

/// Returns the help for a locale that cannot stand in its place: the allowed one of the same language, then all that are
/// allowed.
pub fn help<'a>(written: &str, allowed: impl IntoIterator<Item = &'a str>) -> String {
    let allowed: Vec<&str> = allowed.into_iter().collect();
    let language = |locale: &str| locale.split('-').next().unwrap_or_default().to_owned();
    let similar = similar(written).and_then(|similar| {
        let same = |locale: &&&str| language(locale) == language(similar);
        allowed.iter().find(|locale| **locale == similar).or_else(|| allowed.iter().find(same))
    });
    let list = match &allowed[..] {
        [] => "nothing is allowed here".to_owned(),
        _ => format!("allowed here: {}", allowed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    match similar {
        Some(locale) => format!("did you mean `{locale}`? {list}"),
        None => list,
    }
}

/// Returns the help for a locale that Discord does not have.
pub fn help_among_all(written: &str) -> String {
    help(written, LOCALES.iter().map(|(locale, _)| *locale))
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
        let help = help_among_all;
        assert!(help("en-us").starts_with("did you mean `en-US`? allowed here: `bg`, "), "{}", help("en-us"));
        assert!(help("sk").starts_with("allowed here: "), "{}", help("sk"));
    }

    #[test]
    fn a_suggestion_is_one_of_those_that_are_allowed() {
        assert_eq!(help("en-GB", ["en-US", "fr"]), "did you mean `en-US`? allowed here: `en-US`, `fr`");
        assert_eq!(help("fi", ["en-US", "fr"]), "allowed here: `en-US`, `fr`");
        assert_eq!(help("fi", []), "nothing is allowed here");
    }
}
