namespace CubeActors.Node;

/// <summary>The level of the log while the node runs. Source: CubeFS util/log/log.go SetLogLevel.</summary>
internal static class LogPaths
{
    public static IEnumerable<OperatorPath> Of(OperatorDesk desk)
    {
        yield return OperatorPath.At("/loglevel/set", arguments => Set(desk.Levels, arguments.Text("level"))).AsOrder();
    }

    private static OperatorReply Set(LogLevels? levels, string word)
    {
        if (LogLevels.Parse(word) is not { } level) return OperatorReply.Bad("level only can be set :debug,info,warn,error,critical,read,write,fatal");
        if (levels is null) return OperatorReply.Failed(501, "the level of this log cannot be changed while the node runs");
        levels.Set(level);
        return OperatorReply.Ok("set log level success");
    }
}
