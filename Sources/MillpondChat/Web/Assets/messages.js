// The bodies of the chat protocol's packets, and the command each belongs to.

export const LoginReq = {
    token: [1, "string"],
    isp: [2, "string"],
    zone: [3, "string"],
    tags: [4, "string", "repeated"],
};
export const LoginResp = { channelId: [1, "string"], account: [2, "string"] };
export const KickoutNotify = { channelId: [1, "string"] };
export const ErrorResp = { message: [1, "string"] };
export const Empty = {};

export const MessageReq = { type: [1, "int32"], body: [2, "string"], extra: [3, "string"] };
export const MessageResp = { messageId: [1, "int64"], sendTime: [2, "int64"] };
export const MessagePush = {
    messageId: [1, "int64"],
    type: [2, "int32"],
    body: [3, "string"],
    extra: [4, "string"],
    sender: [5, "string"],
    sendTime: [6, "int64"],
};
export const MessageAckReq = { messageId: [1, "int64"] };

export const MessageIndexReq = { messageId: [1, "int64"] };
const MessageIndex = {
    messageId: [1, "int64"],
    direction: [2, "int32"],
    sendTime: [3, "int64"],
    account: [4, "string"],
    group: [5, "string"],
};
export const MessageIndexResp = { indexes: [1, MessageIndex, "repeated"] };

export const GroupCreateReq = {
    name: [1, "string"],
    avatar: [2, "string"],
    introduction: [3, "string"],
    owner: [4, "string"],
    members: [5, "string", "repeated"],
};
export const GroupCreateResp = { groupId: [1, "string"] };
export const GroupCreateNotify = { groupId: [1, "string"], members: [2, "string", "repeated"] };
export const GroupJoinReq = { account: [1, "string"], groupId: [2, "string"] };
export const GroupQuitReq = { account: [1, "string"], groupId: [2, "string"] };
export const GroupGetReq = { groupId: [1, "string"] };
const Member = { account: [1, "string"], alias: [2, "string"], avatar: [3, "string"], joinTime: [4, "int64"] };
export const GroupGetResp = {
    id: [1, "string"],
    name: [2, "string"],
    avatar: [3, "string"],
    introduction: [4, "string"],
    owner: [5, "string"],
    members: [6, Member, "repeated"],
    createdAt: [7, "int64"],
};

// Millpond's own extensions.
export const PresenceList = { accounts: [1, "string", "repeated"] };
export const PresenceEvent = { account: [1, "string"], online: [2, "bool"] };
export const HistoryReq = {
    dest: [1, "string"],
    group: [2, "bool"],
    beforeId: [3, "int64"],
    limit: [4, "int32"],
};
const HistoryMessage = {
    messageId: [1, "int64"],
    type: [2, "int32"],
    body: [3, "string"],
    extra: [4, "string"],
    sender: [5, "string"],
    sendTime: [6, "int64"],
    dest: [7, "string"],
};
export const HistoryResp = { messages: [1, HistoryMessage, "repeated"], hasEarlier: [2, "bool"] };
const GroupSummary = { id: [1, "string"], name: [2, "string"], memberCount: [3, "int32"] };
export const GroupListResp = { groups: [1, GroupSummary, "repeated"] };

/** Each request's command, its body and the body of its answer. */
export const Command = Object.freeze({
    signIn: { name: "login.signin", request: LoginReq, response: LoginResp },
    signOut: { name: "login.signout", request: Empty, response: Empty },
    userTalk: { name: "chat.user.talk", request: MessageReq, response: MessageResp },
    groupTalk: { name: "chat.group.talk", request: MessageReq, response: MessageResp },
    acknowledge: { name: "chat.talk.ack", request: MessageAckReq, response: Empty },
    offlineIndex: { name: "chat.offline.index", request: MessageIndexReq, response: MessageIndexResp },
    groupCreate: { name: "chat.group.create", request: GroupCreateReq, response: GroupCreateResp },
    groupJoin: { name: "chat.group.join", request: GroupJoinReq, response: Empty },
    groupQuit: { name: "chat.group.quit", request: GroupQuitReq, response: Empty },
    groupDetail: { name: "chat.group.detail", request: GroupGetReq, response: GroupGetResp },
    presence: { name: "millpond.presence.subscribe", request: Empty, response: PresenceList },
    history: { name: "millpond.history", request: HistoryReq, response: HistoryResp },
    groupList: { name: "millpond.group.list", request: Empty, response: GroupListResp },
});

/** The commands of pushes, and their bodies. */
export const pushes = Object.freeze({
    "login.signin": KickoutNotify,
    "chat.user.talk": MessagePush,
    "chat.group.talk": MessagePush,
    "chat.group.create": GroupCreateNotify,
    "millpond.presence": PresenceEvent,
});
