//! Chromium without a window, one at a time: it takes all cores that there are.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use headless_chrome::browser::tab::Tab;
use headless_chrome::protocol::cdp::types::Event;
use headless_chrome::protocol::cdp::{Emulation, Network};
use headless_chrome::{Browser, LaunchOptions};
use serde_json::Value;

static ONE: Mutex<()> = Mutex::new(());

/// A browser with one page.
pub(crate) struct Window {
    pub(crate) tab: Arc<Tab>,
    requests: Arc<Mutex<Vec<String>>>,
    _browser: Browser,
    /// Dropped after the browser that writes to it.
    _profile: tempfile::TempDir,
    _one: MutexGuard<'static, ()>,
}

/// Where Chromium is; says that a test is skipped where it is not.
fn chromium() -> Option<PathBuf> {
    if let Some(path) = env::var_os("PGASSAY_CHROMIUM") {
        return Some(PathBuf::from(path));
    }
    let path = env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = env::split_paths(&path)
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        eprintln!(
            "SKIPPED: there is no chromium on PATH; install it, or name it by PGASSAY_CHROMIUM"
        );
    }
    found
}

impl Window {
    /// A window of this size; none where there is no browser.
    pub(crate) fn open(width: u32, height: u32) -> Option<Self> {
        let path = chromium()?;
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        let options = LaunchOptions::default_builder()
            .path(Some(path))
            .user_data_dir(Some(profile.path().to_owned()))
            .headless(true)
            // The sandbox refuses to run as root, as containers do; the page is our own.
            .sandbox(false)
            // Containers give it little of that.
            .args(vec![OsStr::new("--disable-dev-shm-usage")])
            .window_size(Some((width, height)))
            .idle_browser_timeout(Duration::from_mins(2))
            .build()
            .unwrap();
        let browser = match Browser::new(options) {
            Ok(browser) => browser,
            Err(error) => {
                eprintln!("SKIPPED: chromium does not start here: {error}");
                return None;
            }
        };
        let tab = browser.new_tab().unwrap();
        tab.set_default_timeout(Duration::from_secs(30));
        tab.call_method(Emulation::SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor: 1.0,
            mobile: false,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        })
        .unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&requests);
        tab.call_method(Network::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        })
        .unwrap();
        tab.add_event_listener(Arc::new(move |event: &Event| {
            if let Event::NetworkRequestWillBeSent(sent) = event {
                noted.lock().unwrap().push(sent.params.request.url.clone());
            }
        }))
        .unwrap();
        Some(Self {
            tab,
            requests,
            _browser: browser,
            _profile: profile,
            _one: one,
        })
    }

    /// Whether the reader's system is dark, and whether the page is printed.
    pub(crate) fn emulate(&self, is_dark: bool, is_print: bool) {
        let scheme = if is_dark { "dark" } else { "light" };
        self.tab
            .call_method(Emulation::SetEmulatedMedia {
                media: Some(if is_print { "print" } else { "" }.to_owned()),
                features: Some(vec![Emulation::MediaFeature {
                    name: "prefers-color-scheme".to_owned(),
                    value: scheme.to_owned(),
                }]),
            })
            .unwrap();
    }

    /// Opens an address and waits until the page is drawn.
    pub(crate) fn go(&self, address: &str) {
        self.tab.navigate_to(address).unwrap();
        self.tab.wait_until_navigated().unwrap();
        self.until("document.readyState === 'complete'");
    }

    /// Goes to another view of the page that is open.
    pub(crate) fn view(&self, hash: &str) {
        self.value(&format!("location.hash = '{hash}'"));
        // The event comes after the scripts that are running now.
        self.value("new Promise((then) => setTimeout(then, 50))");
    }

    /// What an expression comes to in the page; promises are waited for.
    pub(crate) fn value(&self, expression: &str) -> Value {
        let wrapped = format!(
            "Promise.resolve({expression}).then((it) => JSON.stringify(it === undefined ? null : it))"
        );
        let told = self.tab.evaluate(&wrapped, true).unwrap();
        serde_json::from_str(told.value.unwrap().as_str().unwrap()).unwrap()
    }

    pub(crate) fn text(&self, expression: &str) -> String {
        match self.value(expression) {
            Value::String(text) => text,
            other => panic!("{expression} is {other}"),
        }
    }

    /// Waits until an expression is true.
    pub(crate) fn until(&self, expression: &str) {
        let began = Instant::now();
        while self.value(expression) != Value::Bool(true) {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{expression} never came true"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Everything that was loaded.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}
