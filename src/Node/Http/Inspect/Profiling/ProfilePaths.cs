using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CubeActors.Node;

/// <summary>/cubeactors/runtime/trace and dump: what pprof is to a Go node. They cost the process time and show what is in its memory: POST, and so an order.</summary>
/// <remarks>One at a time: a second trace would measure the first. It is of the whole process, whichever of its nodes is asked.</remarks>
internal sealed class ProfilePaths(TimeProvider time)
{
    private const int SecondsDefault = 5, SecondsMax = 60;

    /// <summary>Of events in memory that nobody has read yet. Source: dotnet-trace, its default.</summary>
    private const int BufferMiB = 256;

    /// <summary>What a client that stopped reading may hold up.</summary>
    private static readonly TimeSpan Spare = TimeSpan.FromSeconds(30), DumpLimit = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _one = new(1);

    private static OperatorReply SwitchedOff => OperatorReply.Failed(StatusCodes.Status501NotImplemented, "the diagnostics of the runtime are switched off (DOTNET_EnableDiagnostics)");

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Map(InspectPaths.Root + "/runtime/trace", context => RunAsync(context, TraceAsync));
        routes.Map(InspectPaths.Root + "/runtime/dump", context => RunAsync(context, DumpAsync));
    }

    private async Task RunAsync(HttpContext context, Func<HttpContext, Task<OperatorReply?>> run)
    {
        var reply = !HttpMethods.IsPost(context.Request.Method) ? OperatorReply.Failed(StatusCodes.Status405MethodNotAllowed, "this path orders something: POST")
            : await OneAsync(() => run(context));
        if (reply is not null) await NodeHttp.WriteAsync(context, reply);
    }

    private async Task<OperatorReply?> OneAsync(Func<Task<OperatorReply?>> run)
    {
        if (!await _one.WaitAsync(TimeSpan.Zero)) return OperatorReply.Failed(StatusCodes.Status409Conflict, "a trace or a dump is under way; there is one at a time");
        try
        {
            return await run();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return OperatorReply.Failed(StatusCodes.Status500InternalServerError, failure.Message);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <returns>Null if the answer is on its way already.</returns>
    private async Task<OperatorReply?> TraceAsync(HttpContext context)
    {
        var (secondsText, profile) = (context.Request.Query["seconds"].ToString(), context.Request.Query["profile"].ToString());
        var seconds = SecondsDefault;
        if (secondsText.Length > 0 && (!int.TryParse(secondsText, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) || seconds is < 1 or > SecondsMax))
            return OperatorReply.Bad($"seconds must be a number from 1 to {SecondsMax}");
        if (TraceProfile.Of(profile.Length == 0 ? TraceProfile.Cpu : profile) is not { } providers) return OperatorReply.Bad($"profile is one of {string.Join(", ", TraceProfile.Names)}");
        if (MachineCode.IsThis && profile is ("" or TraceProfile.Cpu)) return OperatorReply.Failed(StatusCodes.Status501NotImplemented, MachineCode.InsteadOfSamples(Environment.ProcessId, seconds));
        if (RuntimePort.Find() is not { } port) return SwitchedOff;

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds) + Spare, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        var (events, answer) = await RuntimePort.SendAsync(port, RuntimePort.EventSet, RuntimePort.CollectTracing2, TraceProfile.Command(providers, BufferMiB), either.Token);
        await using (events)
        {
            if (answer.Length < sizeof(ulong)) throw new IOException("the runtime gives no number of the trace");
            context.Response.ContentType = "application/octet-stream";
            var copy = events.CopyToAsync(context.Response.Body, either.Token);
            try
            {
                await Task.WhenAny(copy, Task.Delay(TimeSpan.FromSeconds(seconds), time, either.Token));
            }
            finally
            {
                await StopAsync(port, answer); // also if the client is gone: a trace that nobody reads goes on costing
            }

            await copy.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!copy.IsCompletedSuccessfully) context.Abort(); // the client must not take a part for the whole
        }

        return null;
    }

    private async Task StopAsync(string port, byte[] session)
    {
        using var limit = new CancellationTokenSource(Spare, time);
        var (connection, _) = await RuntimePort.SendAsync(port, RuntimePort.EventSet, RuntimePort.StopTracing, session[..sizeof(ulong)], limit.Token);
        await connection.DisposeAsync();
    }

    private async Task<OperatorReply?> DumpAsync(HttpContext context)
    {
        var word = context.Request.Query["kind"].ToString() is { Length: > 0 } said ? said : "heap";
        if (DumpKind(word) is not { } kind) return OperatorReply.Bad("kind is mini, heap or full");
        if (MachineCode.IsThis) return OperatorReply.Failed(StatusCodes.Status501NotImplemented, MachineCode.InsteadOfDump(Environment.ProcessId));
        if (RuntimePort.Find() is not { } port) return SwitchedOff;
        if (DumpRoom.WhyNot(word, Environment.WorkingSet, new DriveInfo(Path.GetTempPath()).AvailableFreeSpace, Path.GetTempPath()) is { } full)
            return OperatorReply.Failed(StatusCodes.Status507InsufficientStorage, full);

        // A directory of its own that only this user may enter (the file is createdump's, with mode 0600): a dump holds whatever is in memory, tokens and clients' data included, and nobody
        // who can write to the directory above may put a link in its place.
        var directory = Directory.CreateTempSubdirectory("cubeactors-dump-").FullName;
        var file = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{time.GetUtcNow():yyyyMMdd-HHmmss}.dmp"));
        var start = Stopwatch.GetTimestamp(); // the process stands still meanwhile, and so does every clock that it has but this
        try
        {
            await WriteDumpAsync(port, file, kind);
        }
        catch
        {
            Directory.Delete(directory, recursive: true); // half a dump helps nobody and takes the room of a whole one
            throw;
        }

        return OperatorReply.Ok(new ProfileFile(file, new FileInfo(file).Length, Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1)), InspectJson.Default.ProfileFile);
    }

    /// <exception cref="IOException">The runtime could not write it, or was not through in time.</exception>
    private async Task WriteDumpAsync(string port, string file, int kind)
    {
        using var payload = new MemoryStream();
        await using (var writer = new BinaryWriter(payload, System.Text.Encoding.Unicode, leaveOpen: true))
        {
            RuntimePort.Write(writer, file);
            writer.Write(kind);
            writer.Write(0); // no diagnostics of the dump itself
        }

        using var limit = new CancellationTokenSource(DumpLimit, time);
        try
        {
            var (connection, answer) = await RuntimePort.SendAsync(port, RuntimePort.DumpSet, RuntimePort.CreateCoreDump, payload.ToArray(), limit.Token);
            await connection.DisposeAsync();
            if (answer.Length >= sizeof(int) && BinaryPrimitives.ReadInt32LittleEndian(answer) < 0 || !File.Exists(file))
                throw new IOException($"the runtime could not write {file}: createdump, which lies beside it, must be allowed to trace the process");
        }
        catch (OperationCanceledException late) when (limit.IsCancellationRequested)
        {
            throw new IOException($"the dump was not written within {Quantity.FormatTime(DumpLimit)}", late);
        }
    }

    /// <summary>Source of the numbers: as the protocol's, DumpType.</summary>
    private static int? DumpKind(string word) => word switch { "mini" => 1, "heap" => 2, "full" => 4, _ => null };
}

/// <summary>A file that was written on the node's machine.</summary>
internal sealed record ProfileFile(string File, long Bytes, double Seconds);
