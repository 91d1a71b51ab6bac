using System.Globalization;
using Spectre.Console;

namespace CubeActors.Node;

/// <summary>Shows how far a transfer is: a bar where somebody watches, a line every tenth of a long one where output is kept.</summary>
internal static class Transfer
{
    /// <summary>Shorter transfers are over before a line about their progress would be of use.</summary>
    private const long LongBytes = 1 << 30;

    private const int Tenths = 10;

    /// <param name="work">Reports the bytes done so far, from any thread.</param>
    public static async Task<T> ShowAsync<T>(CommandContext context, string what, long totalBytes, Func<IProgress<long>, Task<T>> work)
    {
        if (!context.IsWatched) return await work(new LineProgress(context.Out, what, totalBytes));
        return await context.Screen.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async screen =>
            {
                var bar = screen.AddTask(Markup.Escape(what), maxValue: Math.Max(1, totalBytes));
                var result = await work(new BarProgress(bar));
                bar.Value = bar.MaxValue; // an empty transfer reports nothing
                return result;
            });
    }

    private sealed class BarProgress(ProgressTask bar) : IProgress<long>
    {
        public void Report(long value) => bar.Value = value;
    }

    private sealed class LineProgress(TextWriter output, string what, long totalBytes) : IProgress<long>
    {
        private readonly Lock _lock = new();
        private long _tenthsTold;

        public void Report(long value)
        {
            if (totalBytes < LongBytes) return;
            lock (_lock)
            {
                var tenths = Math.Min(value, totalBytes) * Tenths / totalBytes;
                if (tenths <= _tenthsTold) return;
                _tenthsTold = tenths;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {tenths * 100 / Tenths} % of {Quantity.FormatBytes(totalBytes)}"));
            }
        }
    }
}

/// <summary>The time that a transfer takes.</summary>
internal readonly struct TransferClock
{
    private readonly TimeProvider _time;
    private readonly long _start;

    private TransferClock(TimeProvider time) => (_time, _start) = (time, time.GetTimestamp());

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    public static TransferClock Start(TimeProvider time) => new(time);

    /// <returns>As in "256 MiB in 1.84 s (139 MiB/s)".</returns>
    public string Describe(long bytes) => string.Create(
        CultureInfo.InvariantCulture, $"{Quantity.FormatBytes(bytes)} in {Elapsed.TotalSeconds:0.00} s ({Quantity.FormatRate(bytes, Elapsed)})");
}
