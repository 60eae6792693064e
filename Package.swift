// swift-tools-version: 6.2
import PackageDescription

// libtorch comes in through pkg-config (`.deps/libtorch.pc`, written by scripts/setup). There are no unsafeFlags, so
// other packages can depend on this one. The run path is given on the command line: see the Makefile.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A library module of the package.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A library in C++ whose loops are compiled once per instruction set, from headers that are named from `Sources` on.
func kernels(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, cxxSettings: [.headerSearchPath("..")])
}

/// The tests of one module; fixtures lie in `Tests/<Module>Tests/Fixtures` and are found by path.
func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        exclude: ["Fixtures"], swiftSettings: strict)
}

/// A program of one idea, in `Examples/<name>`.
func example(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Examples/\(name)", swiftSettings: strict)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "pushforward",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Pushforward", targets: ["Pushforward"]),
        .executable(name: "pushforward", targets: ["PushforwardCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // The engine: C++ stays behind CTorch, and only Torch imports it. CSimd is what vector code shares.
        .systemLibrary(name: "CLibtorch", pkgConfig: "libtorch"),
        .target(name: "CSimd"),
        kernels("CTorch", ["CLibtorch", "CSimd"]),
        module("AtomicFiles", []),
        module("Torch", ["AtomicFiles", "CTorch"]),
        module("TorchNN", ["Torch"]),

        // Models and methods. Methods never import each other nor Backbones.
        module("Backbones", ["Torch", "TorchNN"]),
        module("Generative", ["Torch"]),
        module("Features", ["Torch"]),
        kernels("CDrift", ["CSimd"]),
        module("OptimalTransport", ["Torch"]),
        module("Drifting", ["Torch", "Generative", "Features", "OptimalTransport", "CDrift"]),
        module("Transport", ["Torch", "Generative", "OptimalTransport"]),
        module("Bridges", ["Torch", "Generative", "OptimalTransport"]),
        module("Marching", ["Torch", "Generative"]),

        // Files, data, judgement.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
        .target(name: "CCodecs", dependencies: ["CLibPNG", "CLibJPEG"]),
        module("FileFormats", ["AtomicFiles", "CCodecs", "CZlib", "CLibArchive"]),
        module("Datasets", ["Torch", "FileFormats"]),
        kernels("CDistances", ["CSimd"]),
        module("Metrics", ["Torch", "FileFormats", "OptimalTransport", "CDistances"]),

        // Weights of others, to and from networks.
        module("Artifacts", ["AtomicFiles", "Torch", "TorchNN", "Backbones", "Generative", "FileFormats"]),

        // Judgement with networks, which Metrics knows nothing of: trained extractors, Inception, whole reports.
        module("Evaluation", ["Torch", "TorchNN", "Backbones", "Datasets", "Metrics", "FileFormats"]),

        // Runs, which know neither method nor network of their own: data, one loop, encoders, the run around all stages.
        module("Settings", ["AtomicFiles", yams]),
        module("Plots", ["AtomicFiles"]),
        module("RunData", ["Torch", "Generative", "Datasets", "FileFormats", "Settings"]),
        module("Training", ["Torch", "TorchNN", "Generative", "FileFormats", "Settings"]),
        module(
            "Encoders",
            ["Torch", "TorchNN", "Backbones", "Generative", "Features", "Datasets", "Settings", "RunData", "Training"]),
        module(
            "Runs",
            [
                "Torch", "TorchNN", "Backbones", "Generative", "Features", "Datasets", "Metrics", "FileFormats",
                "Evaluation",
                "Settings", "Plots", "RunData", "Training",
                logging,
            ]),

        // One target of runs per method: settings, batches, plots. Pushforward/Methods.swift lists them.
        module(
            "DriftingRuns",
            [
                "Torch", "TorchNN", "Backbones", "Generative", "Features", "Drifting", "OptimalTransport", "Datasets",
                "Metrics",
                "FileFormats",
                "Settings", "Plots", "RunData", "Training", "Encoders", "Runs",
            ]),
        module(
            "TransportRuns",
            [
                "Torch", "TorchNN", "Backbones", "Generative", "Transport", "Datasets", "Settings", "Plots", "RunData",
                "Training",
                "Runs",
            ]),
        module(
            "BridgeRuns",
            [
                "Torch", "TorchNN", "Backbones", "Generative", "Bridges", "OptimalTransport", "Datasets", "FileFormats",
                "Settings", "Plots", "RunData", "Training", "Runs",
            ]),
        module(
            "MarchingRuns",
            [
                "Torch", "TorchNN", "Backbones", "Generative", "Transport", "Marching", "Datasets", "Metrics",
                "FileFormats",
                "Evaluation",
                "Settings", "Plots", "RunData", "Training",
                "Runs",
            ]),
        // A user's check of an installation against the authors' numbers.
        module(
            "Verification",
            [
                "Torch", "TorchNN", "Backbones", "Generative", "Features", "Drifting", "Transport", "Datasets",
                "Metrics", "OptimalTransport",
                "FileFormats", "Artifacts",
            ]),
        module(
            "Pushforward",
            [
                "Torch", "TorchNN", "Backbones", "Generative", "Drifting", "Datasets", "Metrics", "FileFormats",
                "Evaluation", "Settings", "Plots", "Features", "RunData", "Training", "Encoders", "Runs",
                "DriftingRuns", "Transport", "TransportRuns", "OptimalTransport", "Bridges", "BridgeRuns", "Marching",
                "MarchingRuns",
            ]),
        module(
            "Reproduction",
            [
                "Torch", "Generative", "Features", "Drifting", "Datasets", "Metrics", "FileFormats", "Evaluation",
                "Settings",
                "Plots", "RunData",
                "Training", "Encoders", "Runs", "DriftingRuns", "MarchingRuns",
                logging,
            ]),
        module(
            "Comparison",
            [
                "Torch", "Generative", "Datasets", "Metrics", "FileFormats", "Evaluation", "Settings", "Plots",
                "RunData",
                "Training", "Runs", logging,
            ]),
        .target(name: "CStartup"),
        .executableTarget(
            name: "PushforwardCLI",
            dependencies: [
                "CStartup", "AtomicFiles", "Pushforward", "Comparison", "Reproduction", "Verification", "Artifacts",
                arguments, logging,
            ],
            swiftSettings: strict),

        // One small executable per idea; CI runs them.
        example("MixtureFlow", ["Torch", "Generative"]),
        example("ToyDrift", ["Pushforward"]),

        // Tests. TestSupport is a product of the repository as much as the rest.
        module("TestSupport", ["Torch"]),
        tests(of: "Torch", ["AtomicFiles"]),
        tests(of: "TorchNN", ["Torch"]),
        tests(of: "Backbones", ["Torch", "TorchNN", "FileFormats"]),
        tests(of: "Generative", ["Torch"]),
        tests(of: "OptimalTransport", ["Torch"]),
        tests(of: "Drifting", ["Torch", "Generative", "Features", "OptimalTransport"]),
        tests(of: "Transport", ["Torch", "Generative", "TorchNN", "OptimalTransport"]),
        tests(of: "Bridges", ["Torch", "Generative"]),
        tests(of: "Marching", ["Torch", "Generative"]),
        tests(of: "FileFormats"),
        tests(of: "Artifacts", ["Torch", "TorchNN", "Backbones", "Generative", "FileFormats", "Verification"]),
        tests(of: "Datasets", ["Torch", "FileFormats"]),
        tests(of: "Metrics", ["Torch", "FileFormats"]),
        tests(of: "Evaluation", ["Torch", "TorchNN", "Backbones", "Datasets", "Metrics", "FileFormats"]),
        tests(of: "Settings"),
        tests(of: "Plots"),
        tests(of: "Comparison", ["Pushforward", "Settings", "Runs", "Training", "FileFormats"]),
        tests(of: "Reproduction", ["Pushforward", logging]),
        tests(of: "Training", ["Torch", "TorchNN", "Generative", "FileFormats", "Settings"]),
        tests(of: "Runs", ["Pushforward", logging]),
        tests(of: "Verification", ["Torch", "TorchNN", "Backbones", "FileFormats"]),
        tests(of: "PushforwardCLI", ["FileFormats"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
