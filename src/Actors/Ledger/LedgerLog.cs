using Akka.Event;

namespace CubeActors.Actors;

/// <summary>The log events of the ledger. Each line about an operation names it by its id.</summary>
internal static class LedgerLog
{
    public static void Begun(ILoggingAdapter log, OperationEntry entry)
    {
        if (OperationRules.Of(entry.Kind).SaysItself) log.Debug("Operation {0}: {1}{2} {3}{4}", entry.Id, entry.Kind, About(entry), entry.State, Detail(entry));
        else log.Info("Operation {0}: {1}{2} {3}{4}", entry.Id, entry.Kind, About(entry), entry.State, Detail(entry));
        if (entry.Resumes is { } first) log.Info("Operation {0}: {1}{2} goes on with operation {3}, begun {4:u}, at {5} of {6} {7}", entry.Id, entry.Kind, About(entry), first, entry.AcceptedAt, entry.Progress.Done, entry.Progress.Of, entry.Progress.Unit);
    }

    public static void Ended(ILoggingAdapter log, OperationEntry entry)
    {
        if (OperationRules.Of(entry.Kind) is { SaysItself: true } or { IsComparison: true }) log.Debug("Operation {0}: {1}{2} {3}{4}", entry.Id, entry.Kind, About(entry), entry.State, Result(entry));
        else log.Info("Operation {0}: {1}{2} {3}{4}", entry.Id, entry.Kind, About(entry), entry.State, Result(entry));
    }

    public static void Left(ILoggingAdapter log, OperationEntry entry) => log.Info("Operation {0}: {1}{2} rests: {3}", entry.Id, entry.Kind, About(entry), entry.Result);

    public static void CancelOrdered(ILoggingAdapter log, Guid operation) => log.Info("Operation {0} is to end, by order of an operator", operation);

    public static void Alert(ILoggingAdapter log, OperationAlert alert) => log.Warning(
        "Alert {0}{1}{2}{3}{4}: expected {5}; got {6}", alert.Kind, alert.Operation == Guid.Empty ? "" : $", operation {alert.Operation}", alert.Partition is { } partition ? $", partition {partition}" : "",
        alert.Extent == 0 ? "" : $", extent {alert.Extent}", alert.Peer is { } peer ? $", peer {peer}" : "", alert.Expected, alert.Got);

    public static void FileOpened(ILoggingAdapter log, string path, int entries) => log.Info("The ledger of operations {0} is open, {1} entries", path, entries);

    public static void FileFailed(ILoggingAdapter log, string problem, string remedy) =>
        log.Warning("The ledger of operations is not written, and goes on in memory: {0} {1}", problem, remedy);

    public static void FileSetAside(ILoggingAdapter log, string problem, string path) =>
        log.Warning("The ledger of operations begins anew: {0} The damaged file is kept as {1}; nothing but its history is lost, and it may be deleted", problem, path);

    public static void FileWorks(ILoggingAdapter log, string path) => log.Info("The ledger of operations is written again to {0}", path);

    private static string About(OperationEntry entry) =>
        $"{(entry.Partition is { } partition ? $" of partition {partition}" : "")}{(entry.Disk is { } disk ? $" on {disk}" : "")}{(entry.Peer is { } peer ? $" with {peer}" : "")}";

    private static string Detail(OperationEntry entry) => entry.Detail.Length == 0 ? "" : ": " + entry.Detail;

    private static string Result(OperationEntry entry) => entry.Result.Length == 0 ? "" : ": " + entry.Result;
}
