//! Columns that look personal by their names: what holds of a person, reaches one, or lets somebody in.

use std::fmt;

use super::rule::in_quotes;
use crate::snapshot::{Column, Values};

/// A column that looks personal and has no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalColumn {
    /// The column as a rule names it.
    pub column: String,
    /// A rule that would do, as it stands in the settings.
    pub rule: String,
}

impl fmt::Display for PersonalColumn {
    /// As it stands in the settings.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (column, rule) = (&self.column, &self.rule);
        if column.contains(['"', '\\']) && !column.contains('\'') {
            return write!(out, "'{column}' = {rule}");
        }
        write!(out, "{} = {rule}", in_quotes(column))
    }
}

/// Rules that would do for text, each with the words that are personal by themselves wherever they stand in a name.
const WORDS: [(&str, &str); 12] = [
    ("fake.email", "email emails mail correo courriel"),
    (
        "fake.phone",
        "phone telephone tel mobile cellphone fax telefon telefono telefone handy msisdn whatsapp",
    ),
    (
        "fake.first_name",
        "firstname forename vorname prenom givenname middlename",
    ),
    (
        "fake.last_name",
        "lastname surname familyname nachname apellido apellidos cognome sobrenome maidenname",
    ),
    ("fake.name", "fullname"),
    ("fake.username", "username nickname"),
    (
        "fake.street",
        "street strasse address addresses anschrift adresse direccion indirizzo endereco addr",
    ),
    ("fake.postcode", "zip zipcode postcode postalcode plz"),
    ("fake.iban", "iban"),
    (
        "fake.date",
        "birthday birthdate birth dob dateofbirth geburtsdatum geburtstag geboren naissance nacimiento \
         nascita",
    ),
    (
        "keep_length",
        "ssn passport taxid vatid steuernummer nif cpf cnpj dni nino ssno creditcard cardnumber cvv cvc \
         accountnumber swift license",
    ),
    (
        "hash",
        "password passwd passphrase pwd passwort token secret otp pin apikey salary wage gehalt salaire \
         gender sex geschlecht religion ethnicity nationality diagnosis biometric fingerprint",
    ),
];

/// The same, with two words, one behind the other, that are personal only together.
const PAIRS: [(&str, &str); 9] = [
    ("fake.first_name", "first name, given name, middle name"),
    (
        "fake.last_name",
        "last name, sur name, family name, maiden name, birth name",
    ),
    (
        "fake.name",
        "full name, customer name, contact name, person name, patient name, employee name, holder name, \
         recipient name",
    ),
    ("fake.username", "user name, login name, nick name"),
    ("fake.phone", "cell number, mobile number"),
    ("fake.postcode", "postal code, post code, zip code"),
    (
        "fake.card_number",
        "card number, card no, credit card, card pan",
    ),
    (
        "fake.ip",
        "ip address, ip addr, client ip, remote ip, last ip, user ip",
    ),
    (
        "keep_length",
        "tax id, tax number, tax no, vat id, vat number, social security, national id, account number, \
         account no, bank account, sort code, routing number, driver license, insurance number, api key, \
         private key, access key",
    ),
];

/// Words at the end of a name which say that the column holds something about it, and not the thing itself.
const ABOUT: &str = "verified confirmed enabled required count type kind status state at on id ids sent \
                     flag format template attempts version length policy label subject provider";

/// The word of a rule that would do for a column that looks personal; none where it does not.
pub(super) fn rule_for(column: &Column) -> Option<&'static str> {
    if column.values == Values::Boolean {
        return None;
    }
    let words = words(&column.name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = personal(&words)?;
    Some(match column.values {
        Values::Text { longest, .. } => match (found, longest) {
            // Where there is no room for what is made up.
            ("hash", Some(..16)) | ("fake.email", Some(..28)) => "keep_length",
            (found, _) if found.starts_with("fake.") && longest.is_some_and(|it| it < 22) => {
                "keep_length"
            }
            (found, _) => found,
        },
        Values::Date | Values::Timestamp if found == "fake.date" => found,
        Values::Address => "fake.ip",
        Values::Integer(_)
        | Values::Number { .. }
        | Values::Uuid
        | Values::Bytes
        | Values::Date
        | Values::Timestamp => "hash",
        Values::Boolean | Values::Json | Values::Other => "null",
    })
}

fn personal(words: &[&str]) -> Option<&'static str> {
    for (rule, pairs) in PAIRS {
        let is_pair = |at: &usize| {
            let found = [words[*at], words[at + 1]];
            let mut pairs = pairs.split(", ").map(|pair| pair.split_once(' '));
            pairs.any(|pair| pair == Some((found[0], found[1])))
        };
        let at = (1..words.len()).map(|behind| behind - 1).find(is_pair);
        if at.is_some_and(|at| !is_about(&words[at + 2..])) {
            return Some(rule);
        }
    }
    if words == ["ip"] {
        return Some("fake.ip");
    }
    for (rule, of_rule) in WORDS {
        let at = words
            .iter()
            .position(|it| of_rule.split(' ').any(|word| word == *it));
        if at.is_some_and(|at| !is_about(&words[at + 1..])) {
            return Some(rule);
        }
    }
    // `nameFirst` and `name_last` are the other way round.
    let turned = words
        .windows(2)
        .any(|it| matches!(it, ["name", "first" | "last" | "given"]));
    turned.then_some("fake.name")
}

/// Whether words behind a personal one say that it is only about it.
fn is_about(rest: &[&str]) -> bool {
    rest.last()
        .is_some_and(|it| ABOUT.split(' ').any(|word| word == *it))
}

/// The words of a name, in small letters: parted by `_` and the like, by capitals, and by digits.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let characters: Vec<char> = name.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|it| characters.get(it));
        let behind = characters.get(at + 1);
        // A word begins with a capital behind a small letter (`homePhone`), or before one (`userIPAddress`).
        let begins = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase() && behind.is_some_and(|it| it.is_lowercase()))
            });
        if !character.is_alphabetic() || begins {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphabetic() {
            word.extend(character.to_lowercase());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    // `e_mail` and `e-mail` are one word.
    if let Some(at) = words
        .windows(2)
        .position(|it| it[0] == "e" && it[1] == "mail")
    {
        words.remove(at);
    }
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::snapshot::mask::replacement::Replacement;
    use crate::snapshot::mask::rule::Rule;

    fn column(name: &str, data_type: &str, values: Values) -> Column {
        Column {
            name: name.into(),
            data_type: data_type.into(),
            values,
            not_null: false,
        }
    }

    fn of_text(name: &str) -> Option<&'static str> {
        let values = Values::Text {
            longest: None,
            is_padded: false,
        };
        rule_for(&column(name, "text", values))
    }

    #[test]
    fn what_holds_of_a_person_is_found() {
        for (name, rule) in [
            ("email", "fake.email"),
            ("e_mail", "fake.email"),
            ("contact_email_2", "fake.email"),
            ("emailAddress", "fake.email"),
            ("homePhone", "fake.phone"),
            ("phone_number", "fake.phone"),
            ("MobileNo", "fake.phone"),
            ("first_name", "fake.first_name"),
            ("lastName", "fake.last_name"),
            ("surname", "fake.last_name"),
            ("nachname", "fake.last_name"),
            ("full_name", "fake.name"),
            ("customer_name", "fake.name"),
            ("user_name", "fake.username"),
            ("street", "fake.street"),
            ("billing_address", "fake.street"),
            ("address_line_1", "fake.street"),
            ("zip", "fake.postcode"),
            ("postal_code", "fake.postcode"),
            ("ip", "fake.ip"),
            ("userIPAddress", "fake.ip"),
            ("date_of_birth", "fake.date"),
            ("dob", "fake.date"),
            ("iban", "fake.iban"),
            ("card_number", "fake.card_number"),
            ("ssn", "keep_length"),
            ("passport_no", "keep_length"),
            ("tax_id", "keep_length"),
            ("account_number", "keep_length"),
            ("password_hash", "hash"),
            ("api_token", "hash"),
            ("client_secret", "hash"),
            ("gender", "hash"),
            ("salary", "hash"),
        ] {
            assert_eq!(of_text(name), Some(rule), "{name}");
        }
    }

    #[test]
    fn what_only_sounds_like_it_is_not() {
        for name in [
            "id",
            "name",
            "title",
            "ship_to",
            "description",
            "first",
            "last_seen",
            "zipped",
            "email_verified",
            "email_sent_at",
            "address_id",
            "phone_type",
            "tokenizer",
            "cardinality",
            "pinned",
            "telemetry",
            "mailbox",
            "birth_rank_id",
            "password_changed_at",
            "token_count",
            "shipping_method",
            "tips",
            "ipsum",
            "file_name",
            "table_name",
            "taxonomy",
            "accounting",
            "discard",
            "sextant",
            "streetwise",
            "nameplate",
        ] {
            assert_eq!(of_text(name), None, "{name}");
        }
        assert_eq!(rule_for(&column("email", "boolean", Values::Boolean)), None);
    }

    #[test]
    fn the_rule_that_is_told_makes_a_value_of_the_type() {
        let text = |longest| Values::Text {
            longest,
            is_padded: false,
        };
        for name in [
            "email",
            "phone",
            "ssn",
            "password",
            "zip",
            "iban",
            "dob",
            "ip_address",
            "street",
            "username",
        ] {
            for (data_type, values) in [
                ("text", text(None)),
                ("character varying(5)", text(Some(5))),
                ("character varying(20)", text(Some(20))),
                ("character varying(24)", text(Some(24))),
                ("bigint", Values::Integer(8)),
                ("numeric", Values::Number { digits: None }),
                ("date", Values::Date),
                ("timestamp with time zone", Values::Timestamp),
                ("uuid", Values::Uuid),
                ("inet", Values::Address),
                ("jsonb", Values::Json),
                ("bytea", Values::Bytes),
                ("text[]", Values::Other),
            ] {
                let column = column(name, data_type, values);
                let rule = Rule::of_word(rule_for(&column).unwrap()).unwrap();
                Replacement::of(&rule, &column)
                    .unwrap_or_else(|error| panic!("{name} {data_type}: {error}"));
            }
        }
    }
}
