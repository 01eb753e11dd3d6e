//! The words of a server: for people, and where they say what no response code says.

use std::time::Duration;

use crate::error::advice::Advice;

/// The most bytes of a server's words that are kept.
pub(crate) const LONGEST: usize = 1024;

/// The words of a server for people: cut, and control characters escaped.
pub(crate) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text.get(..LONGEST).unwrap_or(text));
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            control if control.is_control() => shown.extend(control.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

/// In lower case; each occurs in the refusals of the server that is named.
const LATER: &[&str] = &[
    "too many simultaneous connections",    // Gmail
    "too many connections",                 // Yahoo, Cyrus
    "too many concurrent",                  // Zoho
    "maximum number of connections",        // Dovecot
    "exceeded the maximum number",          // IONOS
    "connection limit",                     // Courier
    "exceeded command or bandwidth limits", // Gmail
    "rate limit",                           // Fastmail; Yahoo with [LIMIT]
    "login limit",                          // Mail.ru
    "system error",                         // Gmail
    "internal error",                       // Dovecot
    "server error",                         // Yahoo
    "server unavailable",                   // Exchange Online
    "service unavailable",                  // Zimbra
    "service not available",                // Coremail
    "temporarily unavailable",              // iCloud
    "temporary",                            // Dovecot
    "currently not available",              // T-Online
    "server busy",                          // Yandex
    "server is busy",                       // Exchange
    "throttled",                            // Exchange Online
    "backoff time",                         // Exchange Online
    "locked",                               // qpopper, Courier
    "lock on",                              // popa3d
    "in use by another session",            // hMailServer
    "minutes before trying again",          // Outlook.com
    "try again later",                      // Outlook.com
    "try again in",                         // GMX
    "please retry",                         // QQ
    "internet connection and retry",        // a local OAuth proxy
    "shutting down",                        // Cyrus
    "maintenance",                          // Strato
];

const ASK_A_PERSON: &[&str] = &[
    "not enabled",                 // Gmail: IMAP or POP is off for the account
    "is disabled",                 // Yandex, Exchange Online
    "web login required",          // Gmail
    "log in via your web browser", // Gmail
    "account is locked",           // Yahoo; before the maildrop lock in the list above
    "account has been locked",     // Outlook.com
    "account is blocked",          // Mail.ru
];

const SESSION_IS_OVER: &[&str] = &[
    "authenticated but not connected", // Exchange Online
    "accesstokenexpired",              // Exchange Online
    "session invalidated",             // Exchange Online
    "session expired",                 // Yahoo
];

/// What the words of a refusal ask for.
pub(crate) fn advice(text: &str) -> Advice {
    let text = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| text.contains(words));
    if says(ASK_A_PERSON) {
        Advice::AskAPerson
    } else if says(LATER) {
        Advice::Later
    } else {
        Advice::Unknown
    }
}

/// The whole session is refused: a token is at its end, or the server has lost the mailbox.
pub(crate) fn session_is_over(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SESSION_IS_OVER.iter().any(|words| text.contains(words))
}

/// The longest wait that is taken from a server's hint.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// `Suggested Backoff Time: N milliseconds` (Exchange Online).
pub(crate) fn retry_after(text: &str) -> Option<Duration> {
    let (_, wait) = text.split_once("Backoff Time:")?;
    let digits: String = wait.trim_start().chars().take_while(char::is_ascii_digit).collect();
    Some(Duration::from_millis(digits.parse().ok()?).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_providers_are_understood() {
        let rows = [
            ("Too many simultaneous connections. (Failure)", Advice::Later),
            ("Account exceeded command or bandwidth limits. (Failure)", Advice::Later),
            ("System Error (Failure)", Advice::Later),
            ("Server Unavailable. 15", Advice::Later),
            ("maildrop already locked", Advice::Later),
            ("mailbox is locked by another session", Advice::Later),
            ("Your account is not enabled for IMAP use.", Advice::AskAPerson),
            ("[ALERT] Please log in via your web browser: https://example.org", Advice::AskAPerson),
            ("Your account has been locked", Advice::AskAPerson),
            ("LOGIN failed.", Advice::Unknown),
            ("Invalid credentials (Failure)", Advice::Unknown),
            ("", Advice::Unknown),
        ];
        for (text, expected) in rows {
            assert_eq!(advice(text), expected, "{text}");
        }
    }
}
