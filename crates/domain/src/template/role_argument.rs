//! The argument of `role`. It must be written out: a role that came from a variable would let
//! whoever fills the variable speak as the system.

use super::Role;
use super::ast::{Expression, Literal};
use super::error::{Fault, TemplateError};

/// The role, and a warning if other runtimes read it differently.
pub(super) fn role_argument(
    argument: &Expression,
) -> Result<(Role, Option<TemplateError>), TemplateError> {
    let span = argument.span();
    let Expression::Literal(Literal::Text(name), _) = argument else {
        let message = "a role must be written in quotes; it cannot come from a variable";
        return Err(TemplateError::new(Fault::BadRole, span, message));
    };
    let Some(role) = Role::from_name(name) else {
        let message = format!("unknown role `{name}`: use `system`, `user`, `model` or `tool`");
        return Err(TemplateError::new(Fault::BadRole, span, message));
    };
    let warning = (role.name() != name).then(|| {
        let message = format!("the name of this role is `{}`, not `{name}`", role.name());
        TemplateError::new(Fault::NotPortable, span, message)
    });
    Ok((role, warning))
}
