// A stand-in for the few widgets, tabs and menus that the editor module uses. Widgets keep what they were given, so that
// tests read them and press them; nothing is drawn.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/SlateCore, API/Runtime/Slate (5.4, 5.5)
//   .../API/Runtime/Slate/Framework/Docking/FGlobalTabmanager/RegisterNomadTabSpawner (5.4), FTabSpawnerEntry/SetIcon (5.2)
//   .../API/Developer/ToolMenus/FToolMenuSection/AddMenuEntry (5.1), FToolMenuEntry/InitToolBarButton (5.5)
#pragma once

#include "Shim/Style.h"

template <typename T>
class TSharedRef
{
public:
	explicit TSharedRef(std::shared_ptr<T> In) : Inner(std::move(In)) { check(Inner != nullptr); }
	template <typename U, typename = std::enable_if_t<std::is_convertible_v<U*, T*>>>
	TSharedRef(const TSharedRef<U>& In) : Inner(In.Inner)
	{
	}
	T* operator->() const { return Inner.get(); }
	T& operator*() const { return *Inner; }
	template <typename U, typename = std::enable_if_t<std::is_convertible_v<T*, U*>>>
	operator TSharedPtr<U>() const
	{
		return TSharedPtr<U>(std::shared_ptr<U>(Inner));
	}
	std::shared_ptr<T> Inner;
};

struct FMargin
{
	FMargin(float In) : Left(In) {}
	float Left;
};
class FReply
{
public:
	static FReply Handled() { return FReply(); }
};
namespace ETextCommit
{
	enum Type { Default, OnEnter, OnUserMovedFocus, OnCleared };
}
class FCursorReply;

class SWidget
{
public:
	virtual ~SWidget() = default;
	std::function<FText()> ShimText;
	std::function<bool()> ShimEnabled = [] { return true; };
	std::function<FReply()> ShimClicked;
	std::function<void(const FText&)> ShimChanged;
	std::function<void(const FText&, ETextCommit::Type)> ShimCommitted;
	FText ShimTip;
	FText ShimHint;
	std::vector<std::shared_ptr<SWidget>> ShimChildren;
};

namespace Shim
{
	/// Where a child sits in a box.
	struct FSlot
	{
		FSlot& AutoHeight() { return *this; }
		FSlot& AutoWidth() { return *this; }
		FSlot& FillWidth(float) { return *this; }
		FSlot& Padding(const FMargin&) { return *this; }
		FSlot& operator[](const TSharedRef<SWidget>& In)
		{
			Child = In.Inner;
			if (Into)
			{
				Into->ShimChildren.push_back(Child);
			}
			return *this;
		}
		std::shared_ptr<SWidget> Child;
		SWidget* Into = nullptr;
	};
	/// What SNew is followed by.
	template <typename Self>
	struct TArguments
	{
		Self& Text(const FText& In)
		{
			Made.ShimText = [In] { return In; };
			return Me();
		}
		template <typename F>
		Self& Text_Lambda(F&& In)
		{
			Made.ShimText = std::forward<F>(In);
			return Me();
		}
		Self& ToolTipText(const FText& In)
		{
			Made.ShimTip = In;
			return Me();
		}
		Self& HintText(const FText& In)
		{
			Made.ShimHint = In;
			return Me();
		}
		Self& AutoWrapText(bool) { return Me(); }
		template <typename F>
		Self& IsEnabled_Lambda(F&& In)
		{
			Made.ShimEnabled = std::forward<F>(In);
			return Me();
		}
		template <typename F>
		Self& OnClicked_Lambda(F&& In)
		{
			Made.ShimClicked = std::forward<F>(In);
			return Me();
		}
		template <typename F>
		Self& OnTextChanged_Lambda(F&& In)
		{
			Made.ShimChanged = std::forward<F>(In);
			return Me();
		}
		template <typename F>
		Self& OnTextCommitted_Lambda(F&& In)
		{
			Made.ShimCommitted = std::forward<F>(In);
			return Me();
		}
		Self& operator+(const FSlot& In)
		{
			Made.ShimChildren.push_back(In.Child);
			return Me();
		}
		Self& operator[](const TSharedRef<SWidget>& In)
		{
			Made.ShimChildren.push_back(In.Inner);
			return Me();
		}
		SWidget Made;

	private:
		Self& Me() { return static_cast<Self&>(*this); }
	};
	template <typename Widget>
	struct TMaker
	{
		TSharedRef<Widget> operator<<=(const typename Widget::FArguments& In) const
		{
			auto New = std::make_shared<Widget>();
			static_cast<SWidget&>(*New) = In.Made;
			New->Construct(In);
			return TSharedRef<Widget>(New);
		}
	};
	template <typename Widget, typename Pointer>
	struct TKeeper
	{
		Pointer& Kept;
		TSharedRef<Widget> operator<<=(const typename Widget::FArguments& In) const
		{
			const TSharedRef<Widget> New = TMaker<Widget>() <<= In;
			Kept = New;
			return New;
		}
	};
	template <typename Widget, typename Pointer>
	TKeeper<Widget, Pointer> Keep(Pointer& Into)
	{
		return TKeeper<Widget, Pointer>{Into};
	}
}
#define SLATE_BEGIN_ARGS(Widget) \
	struct FArguments : Shim::TArguments<FArguments> \
	{ \
		using WidgetType = Widget; \
		FArguments()
#define SLATE_END_ARGS() \
	}; \
	friend struct Shim::TMaker<class Nobody>;
#define SNew(Widget, ...) Shim::TMaker<Widget>() <<= Widget::FArguments()
#define SAssignNew(Into, Widget, ...) Shim::Keep<Widget>(Into) <<= Widget::FArguments()

#define SHIM_WIDGET(Widget) \
	class Widget : public SWidget \
	{ \
	public: \
		struct FArguments : Shim::TArguments<FArguments> \
		{ \
		}; \
		static Shim::FSlot Slot() { return Shim::FSlot(); } \
		Shim::FSlot AddSlot() \
		{ \
			Shim::FSlot New; \
			New.Into = this; \
			return New; \
		} \
		void ClearChildren() { ShimChildren.clear(); } \
		void Construct(const FArguments&) {} \
	};
SHIM_WIDGET(STextBlock)
SHIM_WIDGET(SButton)
SHIM_WIDGET(SEditableTextBox)
SHIM_WIDGET(SVerticalBox)
SHIM_WIDGET(SHorizontalBox)
SHIM_WIDGET(SScrollBox)
class SCompoundWidget : public SWidget
{
public:
	SCompoundWidget() : ChildSlot(*this) {}

protected:
	struct FChildSlot
	{
		explicit FChildSlot(SWidget& In) : Into(In) {}
		void operator[](const TSharedRef<SWidget>& In) { Into.ShimChildren.push_back(In.Inner); }
		SWidget& Into;
	};
	FChildSlot ChildSlot;
};

enum class ETabRole : uint8 { MajorTab, PanelTab, NomadTab, DocumentTab };
namespace ETabSpawnerMenuType
{
	enum Type { Enabled, Hidden };
}
class SDockTab : public SWidget
{
public:
	struct FArguments : Shim::TArguments<FArguments>
	{
		FArguments& TabRole(ETabRole In)
		{
			check(In == ETabRole::NomadTab);
			return *this;
		}
	};
	void Construct(const FArguments&) {}
};
class FSpawnTabArgs
{
};
using FOnSpawnTab = TDelegate<TSharedRef<SDockTab>(const FSpawnTabArgs&)>;
struct FTabId
{
	explicit FTabId(FName In) : Name(In) {}
	FName Name;
};
class FTabSpawnerEntry
{
public:
	FTabSpawnerEntry& SetDisplayName(const FText& In)
	{
		check(!In.IsEmpty());
		return *this;
	}
	FTabSpawnerEntry& SetTooltipText(const FText& In)
	{
		check(!In.IsEmpty());
		return *this;
	}
	FTabSpawnerEntry& SetMenuType(ETabSpawnerMenuType::Type) { return *this; }
	FTabSpawnerEntry& SetIcon(const FSlateIcon& In)
	{
		ShimIcon = In;
		return *this;
	}
	FOnSpawnTab ShimSpawn;
	FSlateIcon ShimIcon;
};
class FGlobalTabmanager
{
public:
	static TSharedRef<FGlobalTabmanager> Get();
	FTabSpawnerEntry& RegisterNomadTabSpawner(FName TabId, const FOnSpawnTab& OnSpawnTab);
	bool UnregisterNomadTabSpawner(FName TabId);
	TSharedPtr<SDockTab> TryInvokeTab(const FTabId& TabId);
	int32 ShimCount() const { return static_cast<int32>(Known.size()); }
	/// Tabs with an icon that is there.
	int32 ShimIcons() const;
	/// The tab that was opened last; reset closes it.
	TSharedPtr<SDockTab> ShimOpen;

private:
	std::map<FName, FTabSpawnerEntry> Known;
};

using FExecuteAction = TDelegate<void()>;
struct FSimpleMulticastDelegate
{
	using FDelegate = TDelegate<void()>;
};
struct FUIAction
{
	FUIAction(const FExecuteAction& In) : ExecuteAction(In) {}
	FExecuteAction ExecuteAction;
};
struct FToolMenuEntry
{
	static FToolMenuEntry InitToolBarButton(FName InName, const FUIAction& Action, const FText& Label, const FText& Tip, const FSlateIcon& Icon)
	{
		check(!Label.IsEmpty() && !Tip.IsEmpty());
		return {InName, Action, nullptr, Icon};
	}
	FName Name;
	FUIAction Action;
	const void* Owner;
	FSlateIcon ShimIcon;
};
struct FToolMenuSection
{
	FToolMenuEntry& AddMenuEntry(FName InName, const FText& Label, const FText& Tip, const FSlateIcon& Icon, const FUIAction& Action);
	FToolMenuEntry& AddEntry(const FToolMenuEntry& In);
	std::vector<FToolMenuEntry> ShimEntries;
};
class UToolMenu : public UObject
{
public:
	FToolMenuSection& FindOrAddSection(FName Section) { return Sections[Section]; }
	std::map<FName, FToolMenuSection> Sections;
};
class FToolMenuOwnerScoped
{
public:
	explicit FToolMenuOwnerScoped(const void* In);
	~FToolMenuOwnerScoped();
};
class UToolMenus : public UObject
{
public:
	static UToolMenus* Get();
	/// The menus are there already in the harness, so it is called at once, as the engine does then.
	static void RegisterStartupCallback(const FSimpleMulticastDelegate::FDelegate& In) { In.Execute(); }
	static void UnRegisterStartupCallback(const void*) {}
	static void UnregisterOwner(const void* Owner);
	UToolMenu* ExtendMenu(FName Name);
	int32 ShimCount() const;
	/// Entries with an icon that is there.
	int32 ShimIcons() const;
	/// Presses every entry once; how many.
	int32 ShimPressAll();

private:
	std::map<FName, UToolMenu> Menus;
};

namespace Shim
{
	/// The first widget below that satisfies; null for none.
	SWidget* Find(SWidget& In, const std::function<bool(const SWidget&)>& Wanted);
	/// Presses the button with this text; false when there is none or it is greyed out.
	bool Press(SWidget& In, const TCHAR* Text);
	/// Every text below, each on a line.
	std::string Texts(const SWidget& In);
	/// Every button or box below without a sentence that says what it does.
	int32 WithoutTip(const SWidget& In);
}
