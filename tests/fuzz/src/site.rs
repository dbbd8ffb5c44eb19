//! A whole server in the process of a target, so that what it goes through is seen; reached by loopback connections as everybody
//! reaches it.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::LazyLock,
    time::Duration,
};

use capstan_server::{Settings, serve::serve};

/// Longer than any answer takes that is not a finding.
const PATIENCE: Duration = Duration::from_secs(8);

const CAPABILITY: &str = include_str!("site.yaml");

/// Where the server listens.
#[derive(Debug)]
pub struct Site {
    /// REST routes.
    pub rest: SocketAddr,
    /// An MCP server.
    pub mcp: SocketAddr,
    /// The control plane.
    pub control: SocketAddr,
}

/// The server of this process; begins with the first call.
///
/// # Panics
/// When it does not begin.
pub fn site() -> &'static Site {
    static SITE: LazyLock<Site> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder").keep();
        std::fs::write(folder.join("capability.yaml"), CAPABILITY).expect("it is written");
        let free = || TcpListener::bind("127.0.0.1:0").and_then(|bound| bound.local_addr()).expect("a loopback port");
        let site = Site { rest: free(), mcp: free(), control: free() };
        let mut settings = Settings::new(vec![folder.join("capability.yaml")]);
        settings.listen = vec![(9451, site.rest), (9452, site.mcp)];
        settings.control = Some(site.control);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let _running = serve(settings).await.expect("it serves");
                std::future::pending::<()>().await;
            });
        });
        while TcpStream::connect(site.rest)
            .and(TcpStream::connect(site.mcp))
            .and(TcpStream::connect(site.control))
            .is_err()
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        site
    });
    &SITE
}

/// Sends these bytes and the end of all, and reads what comes.
///
/// # Panics
/// When the server neither answers nor ends the connection.
#[must_use]
pub fn exchange(to: SocketAddr, parts: &[&[u8]]) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    // It may have heard enough before the end.
    let _ = parts.iter().try_for_each(|part| stream.write_all(part));
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
            panic!("neither an answer nor an end within {PATIENCE:?}: {}", String::from_utf8_lossy(&answer))
        }
        _ => answer,
    }
}
