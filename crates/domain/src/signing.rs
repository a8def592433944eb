//! Whose signature a commit carries, and whether it counts.
//!
//! Pure: what a signature says is found out elsewhere (`git::sshsig`); here it meets the keys that
//! people registered. A signature counts where it is genuine, its key was somebody's when the commit
//! arrived, and that somebody is the one whom the commit names as its committer.

use crate::id::Time;

/// What a commit's bytes tell by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There is no signature.
    Unsigned,
    /// There is one, and it does not fit the commit or cannot be read.
    Broken(String),
    /// It was made over exactly these bytes with the key of this fingerprint (`SHA256:…`).
    Genuine(String),
}

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The server's own.
    Server,
    /// Somebody of the workspace.
    Somebody {
        /// The name shown.
        name: String,
        /// The address written into commits.
        email: String,
        /// Since when they are shut out.
        shut_out_at: Option<Time>,
    },
}

/// A key that counts or counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// `SHA256:…`.
    pub fingerprint: String,
    /// Whose.
    pub owner: Owner,
    /// Since when it does not count any more.
    pub ended_at: Option<Time>,
}

/// What a signature comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// There is none.
    Unsigned,
    /// The committer signed it.
    Good {
        /// Whose key it is.
        by: String,
    },
    /// The server signed it, for somebody who was signed in.
    Server {
        /// For whom: the committer.
        on_behalf_of: String,
    },
    /// It was signed by somebody else than the commit says.
    OtherPerson {
        /// Whose key it is.
        by: String,
        /// Whom the commit names.
        committer: String,
    },
    /// It was signed with a key that nobody registered.
    UnknownKey {
        /// `SHA256:…`.
        fingerprint: String,
    },
    /// It came after its key, or its key's owner, had been taken away.
    EndedKey {
        /// Whose key it was.
        by: String,
    },
    /// It does not fit the commit.
    Bad {
        /// What is wrong.
        reason: String,
    },
}

impl Verdict {
    /// The name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unsigned => "none",
            Self::Good { .. } => "good",
            Self::Server { .. } => "server",
            Self::OtherPerson { .. } => "other-person",
            Self::UnknownKey { .. } => "unknown-key",
            Self::EndedKey { .. } => "ended-key",
            Self::Bad { .. } => "bad",
        }
    }

    /// Whether it counts where signatures are required.
    pub fn counts(&self) -> bool {
        matches!(self, Self::Good { .. } | Self::Server { .. })
    }

    /// What it comes to, as the end of a sentence about a commit.
    pub fn words(&self) -> String {
        match self {
            Self::Unsigned => "it is not signed".to_owned(),
            Self::Good { by } => format!("it is signed by {by}"),
            Self::Server { on_behalf_of } => {
                format!("it is signed by the server on behalf of {on_behalf_of}")
            }
            Self::OtherPerson { by, committer } => {
                format!("it is signed by {by}, but names {committer} as its committer")
            }
            Self::UnknownKey { fingerprint } => {
                format!("it is signed with a key that nobody has registered ({fingerprint})")
            }
            Self::EndedKey { by } => {
                format!("it is signed with a key of {by} that does not count any more")
            }
            Self::Bad { reason } => format!("its signature is bad: {reason}"),
        }
    }
}

/// Who committed, as the commit says.
#[derive(Debug, Clone, Copy)]
pub struct Committer<'a> {
    /// The name.
    pub name: &'a str,
    /// The address.
    pub email: &'a str,
}

/// Judges what was found against the keys of the workspace; `arrived` is when the commit was stored.
pub fn judge(found: &Found, committer: Committer<'_>, arrived: Time, keys: &[KnownKey]) -> Verdict {
    let fingerprint = match found {
        Found::Unsigned => return Verdict::Unsigned,
        Found::Broken(reason) => {
            return Verdict::Bad {
                reason: reason.clone(),
            };
        }
        Found::Genuine(fingerprint) => fingerprint,
    };
    let known = keys.iter().filter(|key| key.fingerprint == *fingerprint);
    let mut best: Option<Verdict> = None;
    for key in known {
        let verdict = held_against(key, committer, arrived);
        if verdict.counts() {
            return verdict;
        }
        best.get_or_insert(verdict);
    }
    best.unwrap_or_else(|| Verdict::UnknownKey {
        fingerprint: fingerprint.clone(),
    })
}

fn held_against(key: &KnownKey, committer: Committer<'_>, arrived: Time) -> Verdict {
    let ended = |at: Option<Time>| at.is_some_and(|at| at <= arrived);
    match &key.owner {
        Owner::Server => Verdict::Server {
            on_behalf_of: committer.name.to_owned(),
        },
        Owner::Somebody {
            name, shut_out_at, ..
        } if ended(key.ended_at) || ended(*shut_out_at) => Verdict::EndedKey { by: name.clone() },
        Owner::Somebody { name, email, .. } if email.eq_ignore_ascii_case(committer.email) => {
            Verdict::Good { by: name.clone() }
        }
        Owner::Somebody { name, .. } => Verdict::OtherPerson {
            by: name.clone(),
            committer: format!("{} <{}>", committer.name, committer.email),
        },
    }
}

/// One line of the file that `git verify-commit` reads: who may sign with a key, and until when.
pub fn allowed_signer(principal: &str, public_key: &str, ended_at: Option<Time>) -> Option<String> {
    // A quoted principal may hold blanks, but none of what has a meaning in a pattern.
    let plain = !principal.is_empty()
        && !principal
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "\"',*?!#".contains(c));
    let until = ended_at.map_or_else(String::new, |at| {
        format!(",valid-before=\"{}\"", compact(at))
    });
    plain.then(|| format!("{principal} namespaces=\"git\"{until} {public_key}"))
}

/// A moment as OpenSSH writes it: `YYYYMMDDHHMMSSZ`.
fn compact(at: Time) -> String {
    let seconds = at.seconds();
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
}

/// Year, month and day of a day since 1970, in the Gregorian calendar: counted in eras of 400 years
/// that begin with March.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Committer<'_> = Committer {
        name: "Ann Lee",
        email: "ann@acme.example",
    };

    fn key(email: &str, ended_at: Option<Time>, shut_out_at: Option<Time>) -> KnownKey {
        KnownKey {
            fingerprint: "SHA256:a".into(),
            owner: Owner::Somebody {
                name: email.split('@').next().unwrap_or_default().into(),
                email: email.into(),
                shut_out_at,
            },
            ended_at,
        }
    }

    #[test]
    fn table_of_signatures_and_keys() {
        let at = Time(100);
        let genuine = Found::Genuine("SHA256:a".into());
        let other = Found::Genuine("SHA256:b".into());
        let anns = |ended: Option<i64>, out: Option<i64>| {
            vec![key("ann@acme.example", ended.map(Time), out.map(Time))]
        };
        let rows = [
            ("nothing there", Found::Unsigned, vec![], "none"),
            ("broken", Found::Broken("torn".into()), vec![], "bad"),
            (
                "her own",
                genuine.clone(),
                vec![key("ANN@acme.example", None, None)],
                "good",
            ),
            ("nobody's", other, anns(None, None), "unknown-key"),
            (
                "somebody else's",
                genuine.clone(),
                vec![key("bob@acme.example", None, None)],
                "other-person",
            ),
            (
                "ended before",
                genuine.clone(),
                anns(Some(100), None),
                "ended-key",
            ),
            (
                "ended after",
                genuine.clone(),
                anns(Some(101), None),
                "good",
            ),
            (
                "shut out before",
                genuine.clone(),
                anns(None, Some(99)),
                "ended-key",
            ),
            (
                "ended and registered again",
                genuine.clone(),
                vec![
                    key("ann@acme.example", Some(Time(1)), None),
                    key("ann@acme.example", None, None),
                ],
                "good",
            ),
            (
                "the server's",
                genuine,
                vec![KnownKey {
                    fingerprint: "SHA256:a".into(),
                    owner: Owner::Server,
                    ended_at: None,
                }],
                "server",
            ),
        ];
        for (name, found, keys, expected) in rows {
            let verdict = judge(&found, ANN, at, &keys);
            assert_eq!(verdict.name(), expected, "{name}: {}", verdict.words());
            assert_eq!(
                verdict.counts(),
                matches!(expected, "good" | "server"),
                "{name}"
            );
        }
    }

    #[test]
    fn a_line_of_the_signers_file_says_until_when() {
        let line = |who, ended| allowed_signer(who, "ssh-ed25519 AAAA", ended);
        assert_eq!(
            line("ann@acme.example", None).as_deref(),
            Some("ann@acme.example namespaces=\"git\" ssh-ed25519 AAAA")
        );
        // 2026-11-01T00:00:05Z.
        let ended = Some(Time(1_793_491_205_000_000));
        assert_eq!(
            line("ann@acme.example", ended).as_deref(),
            Some(
                "ann@acme.example namespaces=\"git\",valid-before=\"20261101000005Z\" ssh-ed25519 AAAA"
            )
        );
        assert_eq!(line("ann *", None), None, "no pattern gets into the file");
        assert_eq!(line("", None), None);
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(-1), (1969, 12, 31));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_758), (2026, 11, 1));
    }
}
