internal import Foundation

/// Lets the system end this process as soon as this thread writes a file beyond a size: a writer that is killed half-way.
///
/// For the bodies of exit tests.
public func dieBeyondFileSize(_ bytes: Int) {
    // A parent such as Python ignores the signal, which children inherit, and threads of the system's pool block it.
    signal(SIGXFSZ, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGXFSZ)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    #if canImport(Glibc)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    #else
        setrlimit(RLIMIT_FSIZE, &limit)
    #endif
}
