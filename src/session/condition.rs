//! `\if`, `\elif`, `\else` and `\endif`.

use super::frame::{Condition, Frame};
use super::interpreter::Interpreter;
use super::metacommand::{CommandResult, Done, Trouble};
use super::variables::parse_boolean;
use crate::script::Command;

impl Interpreter<'_> {
    pub(super) fn condition(&mut self, frame: &mut Frame, command: &Command) -> Done {
        let outer_is_active = match command.name.as_str() {
            "if" => frame.is_active(),
            _ => frame.conditions.len() < 2 || frame.conditions[frame.conditions.len() - 2].active,
        };
        match command.name.as_str() {
            "if" => {
                let mark = frame.scanner.mark();
                let value = outer_is_active && self.condition_value(frame, command)?;
                if !outer_is_active {
                    frame.scanner.skip_command();
                }
                frame.conditions.push(Condition {
                    location: command.location.clone(),
                    active: value,
                    settled: value || !outer_is_active,
                    in_else: false,
                    mark,
                });
            }
            name => {
                let Some(mut condition) = frame.conditions.pop() else {
                    return Err(Trouble::Refused("there is no \\if before it".into()));
                };
                // What an inactive branch left in the query buffer goes.
                if condition.active {
                    condition.mark = frame.scanner.mark();
                } else {
                    frame.scanner.restore(&condition.mark);
                }
                if name == "endif" {
                    frame.scanner.set_active(frame.is_active());
                    return Ok(CommandResult::Continue);
                }
                if condition.in_else {
                    return Err(Trouble::Refused("it cannot come after \\else".into()));
                }
                condition.active = false;
                if name == "else" {
                    condition.in_else = true;
                    condition.active = !condition.settled;
                } else if condition.settled {
                    frame.scanner.skip_command();
                } else {
                    frame.scanner.set_active(true);
                    condition.active = self.condition_value(frame, command)?;
                }
                condition.settled |= condition.active;
                frame.conditions.push(condition);
            }
        }
        frame.scanner.set_active(frame.is_active());
        Ok(CommandResult::Continue)
    }

    /// The boolean behind `\if` and `\elif`. As in psql, what is no boolean is false.
    fn condition_value(&mut self, frame: &mut Frame, command: &Command) -> Result<bool, Trouble> {
        let text = self.arguments(frame)?.join(" ");
        Ok(parse_boolean(&text).unwrap_or_else(|| {
            self.remark(
                &command.location,
                format!(
                    "unrecognized value \"{text}\" for \"\\{} expression\": Boolean expected",
                    command.name
                ),
            );
            false
        }))
    }
}
