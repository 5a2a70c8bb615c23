// Bodies of the stand-in for widgets, tabs and menus.
#include "Shim/Slate.h"

namespace
{
	const void* Owner = nullptr;
}

TSharedRef<FGlobalTabmanager> FGlobalTabmanager::Get()
{
	static const auto Only = std::make_shared<FGlobalTabmanager>();
	return TSharedRef<FGlobalTabmanager>(Only);
}

FTabSpawnerEntry& FGlobalTabmanager::RegisterNomadTabSpawner(FName TabId, const FOnSpawnTab& OnSpawnTab)
{
	check(!Known.contains(TabId));
	Known[TabId].ShimSpawn = OnSpawnTab;
	return Known[TabId];
}

bool FGlobalTabmanager::UnregisterNomadTabSpawner(FName TabId)
{
	// A tab that is open goes with its spawner.
	ShimOpen.Reset();
	return Known.erase(TabId) == 1;
}

TSharedPtr<SDockTab> FGlobalTabmanager::TryInvokeTab(const FTabId& TabId)
{
	auto Found = Known.find(TabId.Name);
	if (Found == Known.end())
	{
		return nullptr;
	}
	if (!ShimOpen.IsValid())
	{
		ShimOpen = Found->second.ShimSpawn.Execute(FSpawnTabArgs());
	}
	return ShimOpen;
}

FToolMenuOwnerScoped::FToolMenuOwnerScoped(const void* In)
{
	Owner = In;
}

FToolMenuOwnerScoped::~FToolMenuOwnerScoped()
{
	Owner = nullptr;
}

FToolMenuEntry& FToolMenuSection::AddMenuEntry(FName InName, const FText& Label, const FText& Tip, const FSlateIcon& Icon, const FUIAction& Action)
{
	check(!Label.IsEmpty() && !Tip.IsEmpty());
	return AddEntry({InName, Action, nullptr, Icon});
}

FToolMenuEntry& FToolMenuSection::AddEntry(const FToolMenuEntry& In)
{
	// Whose it is must be known, or it stays when its module goes.
	check(Owner != nullptr);
	ShimEntries.push_back(In);
	ShimEntries.back().Owner = Owner;
	return ShimEntries.back();
}

UToolMenus* UToolMenus::Get()
{
	static UToolMenus Only;
	return &Only;
}

UToolMenu* UToolMenus::ExtendMenu(FName Name)
{
	return &Menus[Name];
}

void UToolMenus::UnregisterOwner(const void* Of)
{
	for (auto& [Name, Menu] : Get()->Menus)
	{
		for (auto& [SectionName, Section] : Menu.Sections)
		{
			std::erase_if(Section.ShimEntries, [Of](const FToolMenuEntry& Entry) { return Entry.Owner == Of; });
		}
	}
}

int32 UToolMenus::ShimCount() const
{
	std::size_t Count = 0;
	for (const auto& [Name, Menu] : Menus)
	{
		for (const auto& [SectionName, Section] : Menu.Sections)
		{
			Count += Section.ShimEntries.size();
		}
	}
	return static_cast<int32>(Count);
}

int32 UToolMenus::ShimIcons() const
{
	int32 Count = 0;
	for (const auto& [Name, Menu] : Menus)
	{
		for (const auto& [SectionName, Section] : Menu.Sections)
		{
			for (const FToolMenuEntry& Entry : Section.ShimEntries)
			{
				Count += Entry.ShimIcon.ShimIsThere() ? 1 : 0;
			}
		}
	}
	return Count;
}

int32 FGlobalTabmanager::ShimIcons() const
{
	int32 Count = 0;
	for (const auto& [Name, Entry] : Known)
	{
		Count += Entry.ShimIcon.ShimIsThere() ? 1 : 0;
	}
	return Count;
}

int32 UToolMenus::ShimPressAll()
{
	int32 Count = 0;
	for (auto& [Name, Menu] : Menus)
	{
		for (auto& [SectionName, Section] : Menu.Sections)
		{
			for (const FToolMenuEntry& Entry : Section.ShimEntries)
			{
				Entry.Action.ExecuteAction.Execute();
				++Count;
			}
		}
	}
	return Count;
}

SWidget* Shim::Find(SWidget& In, const std::function<bool(const SWidget&)>& Wanted)
{
	if (Wanted(In))
	{
		return &In;
	}
	for (const auto& Child : In.ShimChildren)
	{
		if (SWidget* Found = Find(*Child, Wanted))
		{
			return Found;
		}
	}
	return nullptr;
}

bool Shim::Press(SWidget& In, const TCHAR* Text)
{
	SWidget* Button = Find(In, [Text](const SWidget& Widget) { return Widget.ShimClicked && Widget.ShimText && Widget.ShimText().ToString() == FString(Text); });
	if (!Button || !Button->ShimEnabled())
	{
		return false;
	}
	// The button may be thrown away by what it does.
	const auto Clicked = Button->ShimClicked;
	Clicked();
	return true;
}

std::string Shim::Texts(const SWidget& In)
{
	std::string All;
	if (In.ShimText)
	{
		All = Shim::Utf8(In.ShimText().ToString()) + "\n";
	}
	for (const auto& Child : In.ShimChildren)
	{
		All += Texts(*Child);
	}
	return All;
}

int32 Shim::WithoutTip(const SWidget& In)
{
	const bool bDoes = In.ShimClicked || In.ShimChanged || In.ShimCommitted;
	int32 Count = bDoes && In.ShimTip.ToString().Len() < 20 ? 1 : 0;
	for (const auto& Child : In.ShimChildren)
	{
		Count += WithoutTip(*Child);
	}
	return Count;
}
