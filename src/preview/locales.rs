//! Discord's languages by their own names.

/// <https://docs.discord.com/developers/reference#locales>
const NAMES: [(&str, &str); 32] = [
    ("id", "Bahasa Indonesia"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("en-GB", "English, UK"),
    ("en-US", "English, US"),
    ("es-ES", "Español"),
    ("es-419", "Español, LATAM"),
    ("fr", "Français"),
    ("hr", "Hrvatski"),
    ("it", "Italiano"),
    ("lt", "Lietuviškai"),
    ("hu", "Magyar"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt-BR", "Português do Brasil"),
    ("ro", "Română"),
    ("fi", "Suomi"),
    ("sv-SE", "Svenska"),
    ("vi", "Tiếng Việt"),
    ("tr", "Türkçe"),
    ("cs", "Čeština"),
    ("el", "Ελληνικά"),
    ("bg", "български"),
    ("ru", "Русский"),
    ("uk", "Українська"),
    ("hi", "हिन्दी"),
    ("th", "ไทย"),
    ("zh-CN", "中文"),
    ("ja", "日本語"),
    ("zh-TW", "繁體中文"),
    ("ko", "한국어"),
];

/// The language's own name; the locale itself where Discord does not know it.
pub fn name(locale: &str) -> &str {
    NAMES.iter().find(|(known, _)| *known == locale).map_or(locale, |(_, name)| name)
}
