// swift-tools-version: 6.2
import PackageDescription

// Microbenchmarks: single operations, with percentiles and comparisons with stored baselines. A package of its own, so that
// users of the library do not fetch the benchmarking package. `make microbench` runs it.

let package = Package(
    name: "pushforward-microbenchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "pushforward", path: "../.."),
        // Without traits: its counters of allocations interpose malloc, which libtorch does not take well to.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Operations",
            dependencies: [
                .product(name: "Pushforward", package: "pushforward"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Operations",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
