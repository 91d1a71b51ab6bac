using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using CubeActors.Micro;

const string Usage = """
    Benchmarks of single calls on the hot paths.

      dotnet run -c Release --project bench/Micro -- budgets
          Measures what each benchmark allocates, in seconds, and fails if one exceeds its line in bench/budgets.json.
      dotnet run -c Release --project bench/Micro -- disk make <directory> <partitions> <normal extents a partition> <bytes an extent>
          Makes a disk full of partitions, as a cleanly stopped node leaves it.
      dotnet run -c Release --project bench/Micro -- disk stages <directory>
      dotnet run -c Release --project bench/Micro -- disk node <directory>
          Loads such a disk and says where the time goes: stage by stage on one thread, or in a whole node until all partitions serve.
      dotnet run -c Release --project bench/Micro -- run --filter '*Crc32*'
          Measures times with BenchmarkDotNet, some seconds each; --list flat names all, --filter '*' runs all. Times are recorded, never judged.
    """;

switch (args)
{
    case ["budgets"]:
        return BudgetCheck.Run(Path.Combine(AppContext.BaseDirectory, "budgets.json"), Console.Out);
    case ["disk", "make", var made, var partitions, var extents, var bytes]:
        MadeDisk.Make(Path.GetFullPath(made), int.Parse(partitions, CultureInfo.InvariantCulture), int.Parse(extents, CultureInfo.InvariantCulture), int.Parse(bytes, CultureInfo.InvariantCulture));
        return 0;
    case ["disk", "stages", var measured]:
        LoadMeasurement.Stages(Path.GetFullPath(measured), Console.Out);
        return 0;
    case ["disk", "node", var started]:
        LoadMeasurement.Node(Path.GetFullPath(started), Console.Out);
        return 0;
    case ["run", ..]:
        // Within this process: what is measured is the build that was started, and no second project has to be generated. The counts are
        // fixed, because on a shared machine BenchmarkDotNet would go on for minutes in search of a calm one.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(10);
        var config = DefaultConfig.Instance.AddJob(job);
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(BudgetCheck).Assembly).Run(args[1..], config);
        return summaries.Any(summary => summary.HasCriticalValidationErrors) ? 1 : 0;
    default:
        Console.Error.WriteLine(Usage);
        return args is ["--help" or "-h"] ? 0 : 1;
}
