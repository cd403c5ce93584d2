//! SITE MSG: a text from the user to the operators. Texts the other way ride on replies, see `Control::send`.

use crate::{
    control::{Control, Outcome},
    reply::Reply,
};
use wharf_core::chat::MessageError;

pub(super) async fn to_operators(control: &mut Control, text: &[u8]) -> Outcome {
    let core = control.ftp.core.clone();
    match core.message_from_user(&control.session, text).await {
        Ok(_) => Reply::new(200, "Message sent to the administrators").into(),
        Err(error @ (MessageError::Empty | MessageError::TooLong)) => Reply::new(501, error.to_string()).into(),
        Err(error @ (MessageError::TooMany | MessageError::Unavailable)) => Reply::new(450, error.to_string()).into(),
        Err(error @ MessageError::Nobody) => Reply::new(530, error.to_string()).into(),
    }
}
