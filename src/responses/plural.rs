//! A line that has a form for each kind of number, such as `{ one = "{count} answer", other = "{count} answers" }`.
//!
//! Which forms a language has, and which number takes which, are the rules of CLDR:
//! <https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html>

use std::borrow::Cow;
use std::fmt::Display;

use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};

use super::template::Template;

/// Numbers up to this one decide which forms a language needs. A form for millions alone, as French has one, may be left
/// out.
const MAX_COUNT: u32 = 1000;

/// Every form that some language has, in the order in which they are named.
const FORMS: [(PluralCategory, &str); 6] = [
    (PluralCategory::Zero, "zero"),
    (PluralCategory::One, "one"),
    (PluralCategory::Two, "two"),
    (PluralCategory::Few, "few"),
    (PluralCategory::Many, "many"),
    (PluralCategory::Other, "other"),
];

fn rules(locale: &str) -> PluralRules {
    let locale: Locale = locale.parse().expect("Discord's locales are language tags");
    PluralRules::try_new_cardinal(locale.into()).expect("the rules of every language are compiled in")
}

/// The plural forms of a language.
#[derive(Debug)]
pub(super) struct Forms {
    /// Every form that the language has.
    pub(super) allowed: Vec<&'static str>,
    /// The forms that a number from 0 to 1000 takes, so that the line needs them.
    pub(super) required: Vec<&'static str>,
    /// The forms that other languages have.
    pub(super) unused: Vec<&'static str>,
    /// The forms that one number alone takes, which may name it in place of the count.
    pub(super) single: Vec<&'static str>,
}

impl Forms {
    /// Returns the forms of a language, one of Discord's locales.
    pub(super) fn of(locale: &str) -> Self {
        let rules = rules(locale);
        let mut counts = [0; FORMS.len()];
        for number in 0..=MAX_COUNT {
            let category = rules.category_for(number);
            let index = FORMS.iter().position(|(form, _)| *form == category).expect("every category is a form");
            counts[index] += 1;
        }
        let names = |fits: &dyn Fn(PluralCategory, u32) -> bool| {
            let forms = FORMS.iter().zip(counts);
            forms.filter(|((category, _), count)| fits(*category, *count)).map(|((_, name), _)| *name).collect()
        };
        let is_allowed = |category| rules.categories().any(|one| one == category);
        Self {
            allowed: names(&|category, _| is_allowed(category)),
            required: names(&|_, count| count > 0),
            unused: names(&|category, _| !is_allowed(category)),
            single: names(&|_, count| count == 1),
        }
    }
}

/// A line with a form for each kind of number. The first of its `N` placeholders is the number.
#[derive(Debug)]
pub(super) struct Plural<const N: usize> {
    locale: String,
    forms: Vec<(PluralCategory, Template<N>)>,
}

impl<const N: usize> Plural<N> {
    /// Reads the forms of a line in the language of a locale; `None` if a form has an error or there is none.
    pub(super) fn parse(locale: &str, forms: &[(String, String)], known: [&str; N]) -> Option<Self> {
        let form = |(name, text): &(String, String)| {
            let (category, _) = FORMS.iter().find(|(_, known)| known == name)?;
            Some((*category, Template::parse(text, known).ok()?))
        };
        let forms: Vec<_> = forms.iter().map(form).collect::<Option<_>>()?;
        (!forms.is_empty()).then(|| Self { locale: locale.to_owned(), forms })
    }

    /// Fills the form that a number takes; `values` are those of all placeholders, the number first.
    pub(super) fn fill(&self, count: u64, values: [&dyn Display; N]) -> Cow<'_, str> {
        // Made each time: rules are a look into compiled data, and cannot be shared between threads.
        let category = rules(&self.locale).category_for(count);
        let find = |wanted| self.forms.iter().find(|(category, _)| *category == wanted);
        // A form for millions, or one that is not translated yet, may be left out; `other` is what CLDR names for that.
        let (_, form) = find(category)
            .or_else(|| find(PluralCategory::Other))
            .unwrap_or_else(|| self.forms.last().expect("`parse` refuses a line without a form"));
        form.fill(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::LOCALES;

    #[test]
    fn each_language_has_the_forms_of_cldr() {
        for (locale, required, allowed, single) in [
            ("en-US", "one other", "one other", "one"),
            ("ja", "other", "other", ""),
            ("zh-TW", "other", "other", ""),
            ("pl", "one few many", "one few many other", "one"),
            ("ar", "zero one two few many other", "zero one two few many other", "zero one two"),
            ("fr", "one other", "one many other", ""),
            ("pt-BR", "one other", "one many other", ""),
            ("es-419", "one other", "one many other", "one"),
            ("hi", "one other", "one other", ""),
            ("he", "one two other", "one two other", "one two"),
        ] {
            let forms = Forms::of(locale);
            assert_eq!(forms.required.join(" "), required, "{locale}");
            assert_eq!(forms.allowed.join(" "), allowed, "{locale}");
            assert_eq!(forms.single.join(" "), single, "{locale}");
        }
        for (locale, _) in LOCALES {
            assert!(!Forms::of(locale).required.is_empty(), "{locale}");
        }
    }

    fn filled(locale: &str, forms: &[(&str, &str)], counts: &[u64]) -> Vec<String> {
        let forms: Vec<_> = forms.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let line = Plural::parse(locale, &forms, ["count"]).expect("the forms are right");
        counts.iter().map(|count| line.fill(*count, [count]).into_owned()).collect()
    }

    #[test]
    fn a_number_takes_its_form() {
        let english = [("one", "{count} answer"), ("other", "{count} answers")];
        assert_eq!(filled("en-US", &english, &[0, 1, 2]), ["0 answers", "1 answer", "2 answers"]);
        let polish = [("one", "{count} odpowiedź"), ("few", "{count} odpowiedzi"), ("many", "{count} odpowiedzi.")];
        assert_eq!(
            filled("pl", &polish, &[1, 2, 5, 22, 25]),
            ["1 odpowiedź", "2 odpowiedzi", "5 odpowiedzi.", "22 odpowiedzi", "25 odpowiedzi."]
        );
        assert_eq!(filled("ja", &[("other", "{count}件")], &[0, 1, 7]), ["0件", "1件", "7件"]);
        let arabic = ["zero", "one", "two", "few", "many", "other"].map(|form| (form, form));
        assert_eq!(
            filled("ar", &arabic, &[0, 1, 2, 3, 11, 100, 103]),
            ["zero", "one", "two", "few", "many", "other", "few"]
        );
        // French has `many` for millions, which may be left out.
        let french = [("one", "{count} réponse"), ("other", "{count} réponses")];
        assert_eq!(
            filled("fr", &french, &[0, 1, 2, 1_000_000]),
            ["0 réponse", "1 réponse", "2 réponses", "1000000 réponses"]
        );
    }
}
