//! What an organiser corrects of a candidate.

use super::{
    code::CodeKey,
    identity::{Birthdate, CandidateId},
    name::PersonName,
    session::SessionNumber,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is enrolled of a person, and may have been enrolled wrongly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    pub first_name: PersonName,
    pub last_name: PersonName,
    pub birthdate: Birthdate,
    pub extra_time_percent: u32,
}

impl Enrolment {
    /// The id of this person in a session.
    pub fn id(&self, codes: &CodeKey, session: &SessionNumber) -> CandidateId {
        codes.candidate_id(session, [&self.first_name, &self.last_name], self.birthdate)
    }
}

/// A candidate's enrolment as it was read, and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub from: Enrolment,
    pub to: Enrolment,
}

impl Correction {
    /// Whether extra time is left as it is.
    pub const fn keeps_extra_time(&self) -> bool {
        self.from.extra_time_percent == self.to.extra_time_percent
    }

    /// What the record keeps: what stood there before, of all that was changed.
    pub fn former(&self) -> Former {
        let Self { from, to } = self;
        Former {
            first_name: (from.first_name != to.first_name).then(|| from.first_name.clone()),
            last_name: (from.last_name != to.last_name).then(|| from.last_name.clone()),
            birthdate: (from.birthdate != to.birthdate).then_some(from.birthdate),
            extra_time_percent: (!self.keeps_extra_time()).then_some(from.extra_time_percent),
        }
    }
}

impl From<Enrolment> for Former {
    fn from(enrolment: Enrolment) -> Self {
        Self {
            first_name: Some(enrolment.first_name),
            last_name: Some(enrolment.last_name),
            birthdate: Some(enrolment.birthdate),
            extra_time_percent: Some(enrolment.extra_time_percent),
        }
    }
}

/// What was corrected, as it stood before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Former {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub first_name: Option<PersonName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub last_name: Option<PersonName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date, nullable = false)]
    pub birthdate: Option<Birthdate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub extra_time_percent: Option<u32>,
}
