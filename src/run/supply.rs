//! The supply of a worker: scratch databases made ahead, and dropped behind, by a session of its own in the background,
//! while test files run.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::thread::{self, JoinHandle};

use super::admin::Admin;
use super::conditions::Conditions;
use crate::database::{Copying, DatabaseError, Template};
use crate::event::Event;
use crate::session::Interruption;
use crate::session::conninfo::ConnInfo;

/// A thread that makes and drops scratch databases one after the other.
pub(super) struct Supply {
    orders: Option<Sender<Order>>,
    made: Receiver<Option<String>>,
    /// Whether one was ordered that was not taken yet.
    is_ordered: bool,
    /// What was made and not taken.
    spare: Option<String>,
    /// Whether the server outlives the run, so that nothing may be left on it.
    server_stays: bool,
    thread: Option<JoinHandle<()>>,
}

enum Order {
    Make(String),
    Drop(String),
}

impl Supply {
    /// A supply on a server. Nothing is done there before the first order.
    pub(super) fn new(
        admin: &ConnInfo,
        conditions: &Conditions,
        copying: Copying,
        server_stays: bool,
        events: &SyncSender<Event>,
    ) -> Self {
        let (orders, waiting) = channel();
        let (finished, made) = channel();
        let maker = Maker {
            info: admin.clone(),
            interruption: conditions.interruption.clone(),
            template: conditions.template.clone(),
            copying,
            server_stays,
            admin: None,
            events: events.clone(),
        };
        Self {
            orders: Some(orders),
            made,
            is_ordered: false,
            spare: None,
            server_stays,
            thread: Some(thread::spawn(move || maker.work(&waiting, &finished))),
        }
    }

    /// Has a database of this name made. The one that was ordered before must have been taken.
    pub(super) fn make_ahead(&mut self, name: String) {
        self.is_ordered = self.order(Order::Make(name));
    }

    /// Has a database dropped that nobody needs any more. What goes wrong is told as a remark. Returns whether somebody
    /// is there who does it.
    pub(super) fn drop_behind(&mut self, name: String) -> bool {
        self.order(Order::Drop(name))
    }

    /// Whether one was ordered, and perhaps made, that was not taken yet.
    pub(super) fn has_order(&self) -> bool {
        self.is_ordered || self.spare.is_some()
    }

    /// The name of the one that was ordered, once it is there; none where none was ordered, or where it could not be made.
    pub(super) fn spare(&mut self) -> Option<&str> {
        if std::mem::take(&mut self.is_ordered) {
            self.spare = self.made.recv().ok().flatten();
        }
        self.spare.as_deref()
    }

    /// The same; it is the caller's from now on.
    pub(super) fn take(&mut self) -> Option<String> {
        self.spare();
        self.spare.take()
    }

    /// Returns whether the thread still takes orders.
    fn order(&self, order: Order) -> bool {
        self.orders
            .as_ref()
            .is_some_and(|orders| orders.send(order).is_ok())
    }
}

impl Drop for Supply {
    /// Waits until all is done, and what was made and not taken is gone again.
    fn drop(&mut self) {
        if self.server_stays
            && let Some(name) = self.take()
        {
            self.order(Order::Drop(name));
        }
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A bug in there has said so itself.
            let _ = thread.join();
        }
    }
}

/// What the thread has.
struct Maker {
    info: ConnInfo,
    interruption: Interruption,
    template: Template,
    copying: Copying,
    server_stays: bool,
    /// Opened when it is needed.
    admin: Option<Admin>,
    events: SyncSender<Event>,
}

impl Maker {
    fn work(mut self, orders: &Receiver<Order>, finished: &Sender<Option<String>>) {
        for order in orders {
            match order {
                Order::Make(name) => {
                    // Whoever waits for it makes one himself where this could not, and tells why he could not either.
                    let is_made = !self.interruption.is_set() && self.make(&name).is_ok();
                    if !is_made && self.server_stays {
                        self.drop(&name);
                    }
                    if finished.send(is_made.then_some(name)).is_err() {
                        return;
                    }
                }
                Order::Drop(name) => self.drop(&name),
            }
        }
    }

    fn make(&mut self, name: &str) -> Result<(), DatabaseError> {
        let mut admin = match self.admin.take() {
            Some(admin) => admin,
            None => Admin::connect(
                self.info.clone(),
                &self.interruption,
                "make scratch databases ahead",
            )?,
        };
        admin.create(&self.template, name, self.copying)?;
        self.admin = Some(admin);
        Ok(())
    }

    fn drop(&mut self, name: &str) {
        let dropped = self.try_to_drop(name).or_else(|_| {
            // The session may have been lost before; whether the server is lost too shows on a new one.
            self.admin = None;
            self.try_to_drop(name)
        });
        if let Err(error) = dropped {
            let _ = self.events.send(left_database(&error, name));
        }
    }

    fn try_to_drop(&mut self, name: &str) -> Result<(), DatabaseError> {
        let mut admin = match self.admin.take() {
            Some(admin) => admin,
            None => Admin::connect_persistently(
                &self.info,
                &self.interruption,
                "drop a scratch database",
            )?,
        };
        admin.drop_persistently(name)?;
        self.admin = Some(admin);
        Ok(())
    }
}

/// What is to be said of a database that could not be dropped.
pub(super) fn left_database(error: &dyn std::fmt::Display, name: &str) -> Event {
    Event::Remark(format!(
        "{error}; the database \"{name}\" may still be there: drop it by hand"
    ))
}
