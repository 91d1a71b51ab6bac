using Akka.Actor;

namespace CubeActors.TestKit;

/// <summary>How messages and actors look in a failure text.</summary>
internal static class FailureText
{
    private const int MessageCharsMax = 400;

    public static string Describe(object message)
    {
        var text = message is string words ? $"\"{words}\"" : message.ToString() ?? "";
        if (text.Length > MessageCharsMax) text = string.Concat(text.AsSpan(0, MessageCharsMax), "...");
        return $"[{TypeName(message.GetType())}] {text}";
    }

    public static string Path(IActorRef? sender) => sender is null || sender.IsNobody() ? "nobody" : sender.Path.ToString();

    public static string TypeName(Type type) => type.IsNested ? $"{type.DeclaringType!.Name}.{type.Name}" : type.Name;
}
